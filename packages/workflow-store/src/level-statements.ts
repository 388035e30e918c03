import { type Kysely, type RawBuilder, type SelectQueryBuilder, sql } from 'kysely';
import { highestPriority } from './claim-keys.ts';
import type { Preparer } from './preparer.ts';
import { limitOf, prepared, type Statement } from './statement.ts';
import type { ChimeraDatabase } from './tables.ts';
import type { WorkflowRow } from './workflow-columns.ts';

/** Workflows of one priority, short or not: by whatever keys a claim orders, the older stand before the younger. */
export interface Level {
  /** 0 or 1. */
  readonly is_short: number;
  readonly priority: number;
}

/** Null: whom no limit keeps out of the order of the claim. */
export type HeldBy = Pick<WorkflowRow, 'held_by'>;

/** The first of a level. */
export type LevelHead = Level & Pick<WorkflowRow, 'key' | 'queued_at'>;

/** What is claimable, or held by a limit's key, level by level: read from an index alone. */
export interface LevelStatements {
  /** Of each level that has any. */
  readonly heads: Statement<HeldBy, LevelHead>;
  readonly firstOf: Statement<
    Level & HeldBy & { readonly limit: number },
    Pick<WorkflowRow, 'key' | 'queued_at'>
  >;
}

/** Of those in the order of the claim. */
export function queueLevels(sqlite: Preparer, db: Kysely<ChimeraDatabase>): LevelStatements {
  return levelStatements(sqlite, db, () => db.selectFrom('workflows').where('held_by', 'is', null));
}

/** Of those that a key holds. */
export function heldLevels(sqlite: Preparer, db: Kysely<ChimeraDatabase>): LevelStatements {
  return levelStatements(sqlite, db, (heldBy) =>
    db.selectFrom('workflows').where('held_by', '=', heldBy),
  );
}

function levelStatements(
  sqlite: Preparer,
  db: Kysely<ChimeraDatabase>,
  standing: (
    heldBy: RawBuilder<string | null>,
  ) => SelectQueryBuilder<ChimeraDatabase, 'workflows', object>,
): LevelStatements {
  return {
    heads: prepared<HeldBy>(sqlite)((arg) => {
      const heads = levels.map(({ is_short, priority }) => {
        const first = standing(arg('held_by'))
          .select(['key', 'priority', 'queued_at'])
          .select(sql.lit(is_short).as('is_short'))
          .where('is_short', '=', sql.lit(is_short))
          .where('priority', '=', sql.lit(priority))
          .orderBy('queued_at')
          .orderBy('key')
          .limit(sql.lit(1));
        // SQLite takes an order and a limit inside of a union only from a subquery.
        return db.selectFrom(first.as('first')).selectAll();
      });
      return heads.reduce((all, head) => all.unionAll(head));
    }),
    firstOf: prepared<Level & HeldBy & { readonly limit: number }>(sqlite)((arg) =>
      standing(arg('held_by'))
        .select(['key', 'queued_at'])
        .where('is_short', '=', arg('is_short'))
        .where('priority', '=', arg('priority'))
        .orderBy('queued_at')
        .orderBy('key')
        .limit(limitOf(arg('limit'))),
    ),
  };
}

const levels: readonly Level[] = [0, 1].flatMap((is_short) =>
  Array.from({ length: highestPriority + 1 }, (_, priority) => ({ is_short, priority })),
);
