import { nextMacrotask } from '@chimera/policy';
import { type Expression, expressionBuilder, type Kysely, sql, type SqlBool } from 'kysely';
import { keyOf } from './cursors.ts';
import { notQueued } from './read-statements.ts';
import type { ChimeraDatabase } from './tables.ts';
import type { WorkflowRow } from './workflow-columns.ts';
import type { WorkflowFilter } from './workflow-store.ts';

/** Rows that are looked at in one turn of the event loop, be they listed or not: 1 ms or 2. */
const rowsPerPart = 2_000;

/** Among which rows it is looked, and what is asked of each. */
interface Reading {
  /** An index has these in the order of their keys, or they are few. */
  readonly among: readonly Expression<SqlBool>[];
  readonly asked: readonly Expression<SqlBool>[];
  readonly isFew: boolean;
}

const eb = expressionBuilder<ChimeraDatabase, 'workflows'>();

/**
 * Newest first, and one more than the limit where there are more. A filter that leaves out nearly
 * all that there is has all of it looked at, a part in each turn of the event loop.
 *
 * @param pending how many workflows are queued or wait
 */
export async function listedRows(
  db: Kysely<ChimeraDatabase>,
  filter: WorkflowFilter,
  pending: number,
): Promise<readonly WorkflowRow[]> {
  const { among, asked, isFew } = await readingOf(db, filter, pending);
  const wanted = filter.limit + 1;
  const found: WorkflowRow[] = [];
  let before = filter.cursor === undefined ? Number.MAX_SAFE_INTEGER : keyOf(filter.cursor);
  for (;;) {
    const rest = db
      .selectFrom('workflows')
      .where(eb.and(among))
      .where('key', '<', before)
      .orderBy('key', 'desc');
    const endOfPart = rest
      .select('key')
      .offset(rowsPerPart - 1)
      .limit(1);
    const from = isFew ? undefined : (await endOfPart.executeTakeFirst())?.key;
    const rows = await rest
      .selectAll()
      .where(eb.and(asked))
      .where('key', '>=', from ?? 0)
      .limit(wanted - found.length)
      .execute();
    found.push(...rows);
    if (from === undefined || found.length === wanted) return found;
    before = from;
    await nextMacrotask();
  }
}

async function readingOf(
  db: Kysely<ChimeraDatabase>,
  filter: WorkflowFilter,
  pending: number,
): Promise<Reading> {
  const asked = askedBy(filter);
  const { definition, idPrefix, parent, status } = filter;
  if (parent !== undefined) return { among: [eb('parent_id', '=', parent)], asked, isFew: true };
  if (status === 'queued' && pending <= rowsPerPart)
    return { among: [eb('key', 'in', pendingKeys(db))], asked, isFew: true };
  if (idPrefix !== undefined && (await isRare(db, idPrefix)))
    return { among: [eb('key', 'in', keysOf(db, idPrefix))], asked, isFew: true };
  if (status !== undefined && status !== 'queued')
    return { among: [notQueued, eb('status', '=', status)], asked, isFew: false };
  const among = definition === undefined ? [] : [eb('definition_name', '=', definition)];
  return { among, asked, isFew: false };
}

/** The plus keeps SQLite from another index, in which it might pass any number of others. */
function askedBy(filter: WorkflowFilter): readonly Expression<SqlBool>[] {
  const { definition, idPrefix, parent, status, updatedAfter } = filter;
  const asked: Expression<SqlBool>[] = [];
  if (parent !== undefined) asked.push(sql`+parent_id = ${parent}`);
  if (status !== undefined) asked.push(sql`+status = ${status}`);
  if (definition !== undefined) asked.push(sql`+definition_name = ${definition}`);
  if (updatedAfter !== undefined) asked.push(sql`updated_at > ${updatedAfter}`);
  if (idPrefix !== undefined) asked.push(sql`+id >= ${idPrefix}`, sql`+id < ${behind(idPrefix)}`);
  return asked;
}

/** Whoever is queued or waits can be claimed, is held by a limit, or falls due. */
function pendingKeys(db: Kysely<ChimeraDatabase>) {
  const keys = db.selectFrom('workflows').select('key');
  return keys
    .where('is_short', 'is not', null)
    .where('held_by', 'is', null)
    .unionAll(keys.where('held_by', 'is not', null))
    .unionAll(keys.where('due_at', 'is not', null));
}

function keysOf(db: Kysely<ChimeraDatabase>, idPrefix: string) {
  const keys = db.selectFrom('workflows').select('key');
  return keys.where('id', '>=', idPrefix).where('id', '<', behind(idPrefix));
}

async function isRare(db: Kysely<ChimeraDatabase>, idPrefix: string): Promise<boolean> {
  const next = keysOf(db, idPrefix).offset(rowsPerPart).limit(1);
  return (await next.executeTakeFirst()) === undefined;
}

/** Comes after all ids that begin with it. */
function behind(idPrefix: string): string {
  return `${idPrefix}\uffff`;
}
