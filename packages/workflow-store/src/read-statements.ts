import { type Kysely, type RawBuilder, type SelectQueryBuilder, sql } from 'kysely';
import { hasId, lastKeyUpTo } from './id-search.ts';
import type { Preparer } from './preparer.ts';
import { prepared, type Statement } from './statement.ts';
import type { ChimeraDatabase } from './tables.ts';
import type { WorkflowRow } from './workflow-columns.ts';

/** What is read of one workflow. */
export interface ReadStatements {
  readonly workflow: Statement<{ id: string }, WorkflowRow>;
  readonly input: Statement<{ workflow_key: number }, { body: string }>;
  /** What the event and those before it have added, in their order. */
  readonly added: Statement<{ last_event: number }, { added: string | null }>;
}

export function readStatements(sqlite: Preparer, db: Kysely<ChimeraDatabase>): ReadStatements {
  return {
    workflow: prepared<{ id: string }>(sqlite)((arg) =>
      db
        .selectFrom('workflows')
        .selectAll()
        .where(hasId(arg('id'))),
    ),
    input: prepared<{ workflow_key: number }>(sqlite)((arg) =>
      db
        .selectFrom('workflow_inputs')
        .select('body')
        .where('workflow_key', '=', arg('workflow_key')),
    ),
    added: prepared<{ last_event: number }>(sqlite)((arg) =>
      db
        .selectFrom('workflow_events')
        .select('added')
        .where('seq', 'in', eventsUpTo(db, arg('last_event')))
        .where('added', 'is not', null)
        .orderBy('seq'),
    ),
  };
}

/** What a child left is kept for as long as its parent may still ask for it. */
export const notAwaited: RawBuilder<boolean> = sql<boolean>`(parent_id is null or not exists (
  select 1 from workflows as parent
  where parent.key = ${lastKeyUpTo(sql.ref('workflows.parent_id'))}
    and parent.id = workflows.parent_id and parent.finished_at is null))`;

/** In the words of the index by status, which SQLite would not use otherwise. */
export const notQueued: RawBuilder<boolean> = sql<boolean>`status <> 'queued'`;

/** The numbers of an event and of all before it of its workflow. */
export function eventsUpTo(
  db: Kysely<ChimeraDatabase>,
  event: RawBuilder<number>,
): SelectQueryBuilder<ChimeraDatabase, never, { seq: number }> {
  return db
    .withRecursive('chain(seq)', (chained) =>
      chained.selectNoFrom(event.as('seq')).unionAll(
        chained
          .selectFrom('chain')
          .innerJoin('workflow_events', 'workflow_events.seq', 'chain.seq')
          .select(sql<number>`previous`.as('seq'))
          .where('previous', 'is not', null),
      ),
    )
    .selectFrom('chain')
    .select('chain.seq');
}
