import type { EndedQuery, WorkflowStore } from '../src/index.ts';

/** One batch, as a sweep of the daemon takes it. */
export async function forgetOld(
  store: WorkflowStore,
  status: EndedQuery['status'],
  olderThanMs: number,
  limit = 10,
): Promise<number> {
  const { items } = await store.ended({ status, olderThanMs, limit });
  return store.forget({ ids: items.map(({ id }) => id), olderThanMs });
}
