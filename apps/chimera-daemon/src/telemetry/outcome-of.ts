import type { WorkflowEvent } from '@chimera/workflow';
import type { WorkflowRecord } from '@chimera/workflow-store';

/** What an attempt came to. One that was ended because its workflow was cancelled has not failed. */
export function outcomeOf(type: WorkflowEvent['type'], { state }: WorkflowRecord): string {
  switch (type) {
    case 'phase-succeeded':
      return 'succeeded';
    case 'phase-rejected':
      return 'rejected';
    case 'phase-failed':
      return state.status === 'cancelled' ? 'cancelled' : 'failed';
    default:
      return type;
  }
}
