import type { WorkflowStore } from '@chimera/workflow-store';

const pageSize = 500;
/** Enough to find an agent that work waits for, and little enough for each look. */
const mostPages = 2;

/** Those of the agents whose breaker a workflow waits for. */
export async function waitedFor(
  agents: readonly string[],
  store: Pick<WorkflowStore, 'list'>,
): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  let cursor: string | undefined = undefined;
  for (let pages = 0; pages < mostPages && found.size < agents.length; pages += 1) {
    const from: { readonly cursor?: string } = cursor === undefined ? {} : { cursor };
    const page = await store.list({ status: 'waiting', limit: pageSize, ...from });
    for (const { state } of page.items) {
      if (state.status !== 'waiting' || state.reason.kind !== 'breaker-open') continue;
      if (agents.includes(state.reason.agent)) found.add(state.reason.agent);
    }
    cursor = page.nextCursor;
    if (cursor === undefined) break;
  }
  return found;
}
