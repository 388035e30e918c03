import type { WorkflowEvent } from '@chimera/workflow';
import { advance, loadWorkflow } from './advance.ts';
import type { StoreContext } from './store-context.ts';
import type { StoredWorkflow } from './stored-workflow.ts';
import { unlessCorrupt } from './unless-corrupt.ts';
import type { Applied } from './workflow-store.ts';

/** Parent and children move in the transaction that has a meaning for them. */
export function moveRelative(
  context: StoreContext,
  before: StoredWorkflow,
  event: WorkflowEvent,
): Pick<Applied, 'commands' | 'record'> {
  const { definitionHash, id } = before.record;
  return advance(context, context.definitions.of(id, definitionHash), before, event);
}

/** One that cannot be read keeps nobody else from their end; one that is gone needs to know nothing. */
export function relative(context: StoreContext, id: string): StoredWorkflow | undefined {
  return unlessCorrupt(context.onCorruptRow, () => loadWorkflow(context, id));
}
