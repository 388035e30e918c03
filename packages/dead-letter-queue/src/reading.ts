import { choiceOption, integerOption } from '@chimera/policy';
import { type Kysely, type SelectQueryBuilder, sql } from 'kysely';
import { checkOptionalTexts } from './checked-input.ts';
import { cursorOf, positionOf } from './cursor.ts';
import {
  type DeadLetter,
  type DeadLetterFilter,
  type DeadLetterGroup,
  deadLetterStatuses,
} from './dead-letter.ts';
import { type DeadLetterTables, fromRow } from './dead-letter-row.ts';
import { DeadLetterUnreadableError } from './errors.ts';
import { boundOption } from './instant.ts';
import type { DeadLetterCounts, DeadLetterPage, ListOptions } from './options.ts';

const owner = 'dead-letter-queue';

export interface DeadLetterSource {
  readonly db: Kysely<DeadLetterTables>;
  /** The type's table name; at run time it may be another one. */
  readonly table: 'dead_letters';
}

const filters = [
  'status',
  'taskId',
  'fingerprint',
  'phase',
  'agent',
  'idPrefix',
  'failedBefore',
] as const;

/** Under every database's limit of parameters. */
const parametersPerQuery = 500;

export async function pageOf(
  source: DeadLetterSource,
  { limit = 50, cursor, ...filter }: ListOptions,
): Promise<DeadLetterPage> {
  integerOption(owner, 'limit', limit, 1, 1_000);
  let query = matching(source, filter)
    .selectAll()
    .orderBy('failed_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit + 1);
  if (cursor !== undefined) {
    const { failedAt, id } = positionOf(cursor);
    query = query.where((eb) =>
      eb.or([
        eb('failed_at', '<', failedAt),
        eb.and([eb('failed_at', '=', failedAt), eb('id', '<', id)]),
      ]),
    );
  }
  const rows = await query.execute();
  const items: DeadLetter[] = [];
  const unreadable: DeadLetterUnreadableError[] = [];
  for (const row of rows.slice(0, limit)) {
    try {
      items.push(fromRow(row));
    } catch (error) {
      if (!(error instanceof DeadLetterUnreadableError)) throw error;
      unreadable.push(error);
    }
  }
  const last = rows.length > limit ? rows[limit - 1] : undefined;
  const nextCursor = last && cursorOf({ failedAt: Number(last.failed_at), id: last.id });
  return { items, unreadable, nextCursor };
}

export async function groupsOf(
  source: DeadLetterSource,
  filter: DeadLetterFilter,
): Promise<readonly DeadLetterGroup[]> {
  const rows = await matching(source, filter)
    .select(({ fn }) => [
      'fingerprint',
      fn.countAll().as('count'),
      fn.count('task_id').distinct().as('tasks'),
      fn.sum(sql`case when status = 'open' then 1 else 0 end`).as('open'),
      fn.min('failed_at').as('first'),
      fn.max('failed_at').as('last'),
    ])
    .groupBy('fingerprint')
    .orderBy('count', 'desc')
    .orderBy('fingerprint')
    .execute();
  return rows.map(({ fingerprint, count, open, tasks, first, last }) => ({
    fingerprint,
    count: Number(count),
    open: Number(open),
    tasks: Number(tasks),
    firstFailedAt: Number(first),
    lastFailedAt: Number(last),
  }));
}

export async function countsOf(source: DeadLetterSource): Promise<DeadLetterCounts> {
  const rows = await matching(source, {})
    .select(({ fn }) => ['status', fn.countAll().as('count')])
    .groupBy('status')
    .execute();
  const counts = { open: 0, requeued: 0, resolved: 0, discarded: 0 };
  for (const { status, count } of rows) counts[status] = Number(count);
  return counts;
}

export async function oldestOpenOf(source: DeadLetterSource): Promise<number | undefined> {
  const { oldest } = await matching(source, { status: 'open' })
    .select(({ fn }) => fn.min('failed_at').as('oldest'))
    .executeTakeFirstOrThrow();
  return oldest === null ? undefined : Number(oldest);
}

export async function returnedFrom(
  { db, table }: DeadLetterSource,
  ids: readonly string[],
): Promise<readonly string[]> {
  const found: string[] = [];
  for (let at = 0; at < ids.length; at += parametersPerQuery) {
    const rows = await db
      .selectFrom(table)
      .select('id')
      .where('previous_id', 'in', ids.slice(at, at + parametersPerQuery))
      .execute();
    found.push(...rows.map(({ id }) => id));
  }
  return found;
}

function matching(
  { db, table }: DeadLetterSource,
  filter: DeadLetterFilter,
): SelectQueryBuilder<DeadLetterTables, 'dead_letters', object> {
  const { status, taskId, fingerprint, phase, agent, idPrefix, failedBefore } = filter;
  // A misspelt one would mean all: of a redrive, all would run again.
  for (const name of Object.keys(filter)) choiceOption<string>(owner, 'filter', name, filters);
  checkOptionalTexts({ taskId, fingerprint, phase, agent, idPrefix });
  if (status !== undefined) choiceOption(owner, 'status', status, deadLetterStatuses);
  const equal = { status, task_id: taskId, fingerprint, phase, agent };
  let query = db.selectFrom(table);
  for (const [column, value] of Object.entries(equal))
    if (value !== undefined) query = query.where(column as keyof typeof equal, '=', value);
  if (idPrefix !== undefined) {
    // `like` would take its wildcards from the prefix; the order of texts differs between databases.
    // Both count characters, where `length` counts halves of some.
    query = query.where(sql`substr(id, 1, ${sql.lit(Array.from(idPrefix).length)})`, '=', idPrefix);
  }
  if (failedBefore === undefined) return query;
  return query.where('failed_at', '<', boundOption('failedBefore', failedBefore));
}
