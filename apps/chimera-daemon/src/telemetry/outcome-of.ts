import type { WorkflowEvent } from '@chimera/workflow';
import type { WorkflowRecord } from '@chimera/workflow-store';

/** What an attempt came to. One that was ended because its workflow was cancelled has not failed. */
export function outcomeOf(type: WorkflowEvent['type'], { state }: WorkflowRecord): string {
  if (type === 'phase-succeeded') return 'succeeded';
  if (type === 'phase-rejected') return 'rejected';
  if (type !== 'phase-failed') return type;
  return state.status === 'cancelled' ? 'cancelled' : 'failed';
}
