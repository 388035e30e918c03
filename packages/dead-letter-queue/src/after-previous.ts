import { type RawBuilder, type SelectQueryBuilder, sql } from 'kysely';
import type { DeadLetterTables } from './dead-letter-row.ts';
import type { DeadLetterSource } from './reading.ts';

/** What a task's newest entry says of its next one, told within the statement that adds it. */
export function afterPrevious(
  { db, table }: DeadLetterSource,
  taskId: string,
): {
  readonly death: RawBuilder<number>;
  readonly replays: RawBuilder<number>;
  readonly previous_id: SelectQueryBuilder<DeadLetterTables, 'dead_letters', { id: string }>;
} {
  const previous = db
    .selectFrom(table)
    .where('task_id', '=', taskId)
    .orderBy('death', 'desc')
    .limit(1);
  const replays = sql`replays + case when status = 'requeued' then 1 else 0 end`.as('replays');
  return {
    death: sql`coalesce(${previous.select('death')}, 0) + 1`,
    replays: sql`coalesce(${previous.select(replays)}, 0)`,
    previous_id: previous.select('id'),
  };
}
