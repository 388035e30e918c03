import { integerOption } from '@chimera/policy';
import type { Operation } from './operation.ts';
import type { StoreContext } from './store-context.ts';
import type { NewDecision } from './workflow-record.ts';

/** Kept of the changes, and as many of the others, which thus push no change out. */
export const keptDecisions = 10_000;
/** The oldest go this often, so that hardly any decision pays for it. */
export const pruneEvery = 64;

export function addingDecision(
  { sql }: StoreContext,
  { at, data, isChange, kind }: NewDecision,
): Operation<void> {
  integerOption('workflow-store', 'at', at, 0);
  const row = { at, kind, is_change: isChange ? 1 : 0, data: JSON.stringify(data) };
  return () => {
    const seq = sql.insertDecision.insert(row);
    if (seq % pruneEvery === 0) {
      for (const is_change of [0, 1]) sql.pruneDecisions.run({ is_change, kept: keptDecisions });
    }
    return { result: undefined };
  };
}
