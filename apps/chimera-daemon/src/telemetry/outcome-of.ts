import type { WorkflowEvent } from '@chimera/workflow';
import type { WorkflowRecord } from '@chimera/workflow-store';

/** What an attempt came to. One that was ended because its workflow was cancelled has not failed. */
export function outcomeOf({ type }: WorkflowEvent, { state }: WorkflowRecord): string {
  if (type === 'phase-failed' && state.status === 'cancelled') return 'cancelled';
  return type.replace(/^phase-/, '');
}
