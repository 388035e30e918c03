import type { WorkflowStore } from '@chimera/workflow-store';

/** Those of the workflows that have not ended. */
export async function stillActive(
  ids: readonly string[],
  store: Pick<WorkflowStore, 'get'>,
): Promise<readonly string[]> {
  const found = await Promise.all(ids.map((id) => store.get(id)));
  return found
    .filter((record) => record !== undefined && record.finishedAt === undefined)
    .map((record) => record?.id ?? '');
}
