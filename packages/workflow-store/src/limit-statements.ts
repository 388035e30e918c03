import { type Kysely, sql } from 'kysely';
import { heldLevels, type LevelStatements } from './level-statements.ts';
import type { Preparer } from './preparer.ts';
import { limitOf, prepared, type Statement } from './statement.ts';
import type { ChimeraDatabase } from './tables.ts';

/** What is asked and written for limits alone. */
export interface LimitStatements {
  readonly hold: Statement<{ key: number; held_by: string }, unknown>;
  readonly release: Statement<{ key: number }, unknown>;
  readonly levels: LevelStatements;
  readonly anyHeld: Statement<{ held_by: string }, { key: number }>;
  /** In their order, one at a time. */
  readonly heldKeyAfter: Statement<{ held_by: string }, { held_by: string | null }>;
  readonly releaseAll: Statement<{ held_by: string }, unknown>;
  readonly insertStart: Statement<{ limit_key: string; at: number; ends_at: number }, unknown>;
  /** Of the starts that count, newest first, the one after `newer`. */
  readonly startBefore: Statement<
    { limit_key: string; since: number; now: number; newer: number },
    { at: number }
  >;
  readonly startsSince: Statement<
    { limit_key: string; since: number; now: number },
    { starts: number }
  >;
  readonly forgetStarts: Statement<{ now: number; most: number }, unknown>;
}

export function limitStatements(sqlite: Preparer, db: Kysely<ChimeraDatabase>): LimitStatements {
  return {
    hold: prepared<{ key: number; held_by: string }>(sqlite)((arg) =>
      db
        .updateTable('workflows')
        .set({ held_by: arg('held_by') })
        .where('key', '=', arg('key')),
    ),
    release: prepared<{ key: number }>(sqlite)((arg) =>
      db
        .updateTable('workflows')
        .set({ held_by: sql.lit(null) })
        .where('key', '=', arg('key')),
    ),
    levels: heldLevels(sqlite, db),
    anyHeld: prepared<{ held_by: string }>(sqlite)((arg) =>
      db
        .selectFrom('workflows')
        .select('key')
        .where('held_by', '=', arg('held_by'))
        .limit(sql.lit(1)),
    ),
    heldKeyAfter: prepared<{ held_by: string }>(sqlite)((arg) =>
      db
        .selectFrom('workflows')
        .select(({ fn }) => fn.min('held_by').as('held_by'))
        .where('held_by', '>', arg('held_by')),
    ),
    releaseAll: prepared<{ held_by: string }>(sqlite)((arg) =>
      db
        .updateTable('workflows')
        .set({ held_by: sql.lit(null) })
        .where('held_by', '=', arg('held_by')),
    ),
    insertStart: prepared<{ limit_key: string; at: number; ends_at: number }>(sqlite)((arg) =>
      db.insertInto('limit_starts').values(arg.all(['limit_key', 'at', 'ends_at'])),
    ),
    startBefore: prepared<{ limit_key: string; since: number; now: number; newer: number }>(sqlite)(
      (arg) =>
        db
          .selectFrom('limit_starts')
          .select('at')
          .where('limit_key', '=', arg('limit_key'))
          .where('at', '>', arg('since'))
          .where('at', '<=', arg('now'))
          .orderBy('at', 'desc')
          .limit(sql.lit(1))
          .offset(arg('newer')),
    ),
    startsSince: prepared<{ limit_key: string; since: number; now: number }>(sqlite)((arg) =>
      db
        .selectFrom('limit_starts')
        .select(({ fn }) => fn.countAll<number>().as('starts'))
        .where('limit_key', '=', arg('limit_key'))
        .where('at', '>', arg('since'))
        .where('at', '<=', arg('now')),
    ),
    forgetStarts: prepared<{ now: number; most: number }>(sqlite)((arg) =>
      db.deleteFrom('limit_starts').where('seq', 'in', (old) =>
        old
          .selectFrom('limit_starts')
          .select('seq')
          .where('ends_at', '<=', arg('now'))
          .orderBy('ends_at')
          .limit(limitOf(arg('most'))),
      ),
    ),
  };
}
