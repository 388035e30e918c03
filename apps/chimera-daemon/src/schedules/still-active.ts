import { StoreError, type WorkflowRecord, type WorkflowStore } from '@chimera/workflow-store';

type Store = Pick<WorkflowStore, 'get'>;

/** Those of the workflows that have not ended. */
export async function stillActive(
  ids: readonly string[],
  store: Store,
): Promise<readonly string[]> {
  const found = await Promise.all(ids.map((id) => readable(id, store)));
  return found
    .filter((record) => record !== undefined && record.finishedAt === undefined)
    .map((record) => record?.id ?? '');
}

/** One that is damaged runs no more, and nothing waits for it. */
async function readable(id: string, store: Store): Promise<WorkflowRecord | undefined> {
  try {
    return await store.get(id);
  } catch (error) {
    if (error instanceof StoreError && error.code === 'ROW_CORRUPT') return undefined;
    throw error;
  }
}
