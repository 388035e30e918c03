import type { SubmittedWorkflow } from '@chimera/client';
import { type NewWorkflow, StoreError, type WorkflowStore } from '@chimera/workflow-store';

export interface SubmitWorkDeps {
  readonly store: Pick<WorkflowStore, 'submit'>;
  /** Work has been submitted. */
  readonly onSubmitted: () => void;
  /** What work is taken to need that comes without an estimate. */
  readonly assumedMs: (definition: string) => number | undefined;
}

/** Submits the work of a schedule; the same idempotency key submits it once, even where it has changed since. */
export async function submitWork(
  workflow: NewWorkflow,
  { assumedMs: assume, onSubmitted, store }: SubmitWorkDeps,
): Promise<SubmittedWorkflow> {
  const assumedMs = assume(workflow.definition.name);
  try {
    const [submitted] = await store.submit([
      assumedMs === undefined ? workflow : { ...workflow, assumedMs },
    ]);
    if (submitted === undefined) throw new Error('the store acknowledged no workflow');
    onSubmitted();
    return submitted;
  } catch (error) {
    // It was started before a crash, and its work has been changed in the settings since.
    if (error instanceof StoreError && error.code === 'IDEMPOTENCY_MISMATCH')
      return { id: error.workflowId ?? '', created: false };
    throw error;
  }
}
