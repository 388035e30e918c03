import type { WorkflowEvent } from '@chimera/workflow';
import type { WorkflowRecord } from '@chimera/workflow-store';

const outcomes: Readonly<Partial<Record<WorkflowEvent['type'], string>>> = {
  'phase-succeeded': 'succeeded',
  'phase-rejected': 'rejected',
  'phase-failed': 'failed',
};

/** What an attempt came to. One that was ended because its workflow was cancelled has not failed. */
export function outcomeOf(type: WorkflowEvent['type'], { state }: WorkflowRecord): string {
  if (type === 'phase-failed' && state.status === 'cancelled') return 'cancelled';
  return outcomes[type] ?? type;
}
