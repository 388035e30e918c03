import { type Kysely, type NotNull, type RawBuilder, sql } from 'kysely';
import { type LevelStatements, queueLevels } from './level-statements.ts';
import type { Preparer } from './preparer.ts';
import { limitOf, prepared, type Statement } from './statement.ts';
import type { ChimeraDatabase } from './tables.ts';
import { type CandidateRow, ofCandidate, type WorkflowRow } from './workflow-columns.ts';

/** Of a row that stands in the order of the claim. */
export type PlacedRow = CandidateRow & {
  readonly [Name in 'key' | 'is_short']: NonNullable<WorkflowRow[Name]>;
};

/** What a claim reads, and writes besides what its events do. */
export interface ClaimStatements {
  readonly levels: LevelStatements;
  /** Of rows whose keys are given, as JSON of a list: one statement for all costs a third of one for each. */
  readonly candidateRows: Statement<{ keys: string }, PlacedRow>;
  /** Whole, with what they were given; without those that have no input. */
  readonly wholeRows: Statement<{ keys: string }, WorkflowRow & { input: string }>;
  readonly newlyDue: Statement<
    { now: number; limit: number },
    Pick<WorkflowRow, 'key' | 'priority' | 'estimate_ms' | 'queued_at'>
  >;
  readonly nextDue: Statement<Record<string, never>, { at: number | null }>;
  readonly makeClaimable: Statement<{ key: number; is_short: number }, unknown>;
  readonly standAside: Statement<{ key: number; due_at: number }, unknown>;
}

export function claimStatements(sqlite: Preparer, db: Kysely<ChimeraDatabase>): ClaimStatements {
  return {
    levels: queueLevels(sqlite, db),
    candidateRows: prepared<{ keys: string }>(sqlite)((arg) =>
      db
        .selectFrom('workflows')
        .select(['key', ...ofCandidate, 'is_short'])
        .where('key', 'in', listed(arg('keys')))
        .$narrowType<{ is_short: NotNull }>(),
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
    makeClaimable: prepared<{ key: number; is_short: number }>(sqlite)((arg) =>
      db
        .updateTable('workflows')
        .set({ is_short: arg('is_short'), due_at: sql.lit(null) })
        .where('key', '=', arg('key')),
    ),
    standAside: prepared<{ key: number; due_at: number }>(sqlite)((arg) =>
      db
        .updateTable('workflows')
        .set({
          is_short: sql.lit(null),
          held_by: sql.lit(null),
          due_at: arg('due_at'),
        })
        .where('key', '=', arg('key')),
    ),
  };
}

function listed(keys: RawBuilder<string>): RawBuilder<number> {
  return sql<number>`(select value from json_each(${keys}))`;
}
