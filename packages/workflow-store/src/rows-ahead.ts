import type { StoreContext } from './store-context.ts';
import type { WorkflowRow } from './workflow-columns.ts';

/** By id. */
export type RowsAhead = ReadonlyMap<string, WorkflowRow & { readonly input: string }>;

/**
 * What a claim is about to take and is not in memory, read at once: one by one, a row and its input
 * cost three times as much.
 */
export function rowsAhead(
  { pending, recent, sql }: StoreContext,
  ids: readonly string[],
  keyOf: (id: string) => number | undefined,
): RowsAhead {
  const keys = ids.flatMap((id) =>
    recent.get(id) === undefined && pending.get(id) === undefined ? (keyOf(id) ?? []) : [],
  );
  if (keys.length === 0) return none;
  const rows = sql.wholeRows.all({ keys: JSON.stringify(keys) });
  return new Map(rows.map((row) => [row.id, row]));
}

const none: RowsAhead = new Map();
