import { type Kysely, type NotNull, type RawBuilder, sql } from 'kysely';
import { frontLists, type Order } from './front-list.ts';
import type { Preparer } from './preparer.ts';
import { type Arg, limitOf, prepared, preparedColumn, type Statement } from './statement.ts';
import type { ChimeraDatabase } from './tables.ts';
import {
  type CandidateRow,
  type ClaimColumns,
  ofCandidate,
  ofClaim,
  type WorkflowRow,
} from './workflow-columns.ts';

export interface CandidateWindow {
  readonly window: number;
  readonly min_priority: number;
  /** Who stands lower than these has less than `min_priority`: reading on would find nobody. */
  readonly least_ageing: number;
  readonly least_promotion: number;
}

/** Lower priorities are not read, nor keys that only they can have. */
export type ClaimFloor = Omit<CandidateWindow, 'window'>;

/** Of a row that stands in the order of the claim. */
export type PlacedRow = CandidateRow & {
  readonly [Name in 'key' | keyof ClaimColumns]: NonNullable<WorkflowRow[Name]>;
};

/** What a claim reads, and writes besides what its events do. */
export interface ClaimStatements {
  /** The first `window` of each list of the queue's front: read from indexes alone. */
  readonly firstKeys: readonly ((window: CandidateWindow) => readonly number[])[];
  /** Of rows whose keys are given, as JSON of a list: one statement for all costs a third of one for each. */
  readonly candidateRows: Statement<{ keys: string }, PlacedRow>;
  /** Whole, with what they were given; without those that have no input. */
  readonly wholeRows: Statement<{ keys: string }, WorkflowRow & { input: string }>;
  readonly newlyDue: Statement<
    { now: number; limit: number },
    Pick<WorkflowRow, 'key' | 'priority' | 'estimate_ms' | 'queued_at'>
  >;
  readonly nextDue: Statement<Record<string, never>, { at: number | null }>;
  readonly makeClaimable: Statement<ClaimColumns & { key: number }, unknown>;
  readonly standAside: Statement<{ id: string; due_at: number }, unknown>;
}

export function claimStatements(sqlite: Preparer, db: Kysely<ChimeraDatabase>): ClaimStatements {
  return {
    firstKeys: frontLists.map(({ isShort, order }) =>
      preparedColumn<CandidateWindow>(sqlite)((arg) => firstBy(db, order, isShort, arg)),
    ),
    candidateRows: prepared<{ keys: string }>(sqlite)((arg) =>
      db
        .selectFrom('workflows')
        .select(['key', ...ofCandidate, ...ofClaim])
        .where('key', 'in', listed(arg('keys')))
        .$narrowType<{ ageing_key: NotNull; promotion_key: NotNull; is_short: NotNull }>(),
    ),
    wholeRows: prepared<{ keys: string }>(sqlite)((arg) =>
      db
        .selectFrom('workflows')
        .innerJoin('workflow_inputs', 'workflow_key', 'key')
        .selectAll('workflows')
        .select('body as input')
        .where('key', 'in', listed(arg('keys'))),
    ),
    newlyDue: prepared<{ now: number; limit: number }>(sqlite)((arg) =>
      db
        .selectFrom('workflows')
        .select(['key', 'priority', 'estimate_ms', 'queued_at'])
        .where('due_at', '<=', arg('now'))
        .orderBy('due_at')
        .limit(limitOf(arg('limit'))),
    ),
    nextDue: prepared<Record<string, never>>(sqlite)(() =>
      db
        .selectFrom('workflows')
        .select(({ fn }) => fn.min('due_at').as('at'))
        .where('due_at', 'is not', null),
    ),
    makeClaimable: prepared<ClaimColumns & { key: number }>(sqlite)((arg) =>
      db
        .updateTable('workflows')
        .set({ ...arg.all(ofClaim), due_at: sql.lit(null) })
        .where('key', '=', arg('key')),
    ),
    standAside: prepared<{ id: string; due_at: number }>(sqlite)((arg) =>
      db
        .updateTable('workflows')
        .set({
          ageing_key: sql.lit(null),
          promotion_key: sql.lit(null),
          is_short: sql.lit(null),
          held_by: sql.lit(null),
          due_at: arg('due_at'),
        })
        .where('id', '=', arg('id')),
    ),
  };
}

function listed(keys: RawBuilder<string>): RawBuilder<number> {
  return sql<number>`(select value from json_each(${keys}))`;
}

function firstBy(
  db: Kysely<ChimeraDatabase>,
  order: Order,
  isShort: boolean,
  arg: Arg<CandidateWindow>,
) {
  const [key, least] = (
    {
      ageingKey: ['ageing_key', 'least_ageing'],
      promotionKey: ['promotion_key', 'least_promotion'],
    } as const
  )[order];
  return db
    .selectFrom('workflows')
    .select('key')
    .where('is_short', '=', sql.lit(isShort ? 1 : 0))
    .where(key, 'is not', null)
    .where('held_by', 'is', null)
    .where(key, '>=', arg(least))
    .where('priority', '>=', arg('min_priority'))
    .orderBy(key, 'desc')
    .orderBy('queued_at')
    .orderBy('key')
    .limit(limitOf(arg('window')));
}
