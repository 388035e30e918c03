import { integerOption } from '@chimera/policy';
import type { JsonObject } from '@chimera/workflow';
import type { Operation } from './operation.ts';
import type { StoreContext } from './store-context.ts';

/** Something that a program decided by itself, such as the size of its pool. */
export interface NewDecision {
  readonly at: number;
  readonly kind: string;
  /** False for a decision to leave things as they are. */
  readonly isChange: boolean;
  readonly data: JsonObject;
}

export interface StoredDecision extends NewDecision {
  /** Strictly increasing; never used twice. */
  readonly seq: number;
}

export interface DecisionQuery {
  readonly kind?: string;
  /** Default: all. */
  readonly isChange?: boolean;
  readonly limit: number;
}

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
