import type { WorkflowEvent } from '@chimera/workflow';
import type { AttemptEvidence, NewWorkflow } from '@chimera/workflow-store';

/** What an attempt came to, as it is told to the store. */
export interface Outcome {
  readonly event: WorkflowEvent;
  readonly run?: AttemptEvidence;
  /** To be submitted with `children-started` or `children-added`. */
  readonly children?: readonly NewWorkflow[];
}
