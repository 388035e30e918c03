import { nextMacrotask } from '@chimera/policy';
import { type Expression, expressionBuilder, type Kysely, sql, type SqlBool } from 'kysely';
import { keyOf } from './cursors.ts';
import { keysPerPart, partOf } from './definition-parts.ts';
import { lastKeyUpTo } from './id-search.ts';
import { notQueued } from './read-statements.ts';
import type { ChimeraDatabase } from './tables.ts';
import type { WorkflowRow } from './workflow-columns.ts';
import type { WorkflowFilter } from './workflow-store.ts';

/** Rows that are looked at in one turn of the event loop, be they listed or not: 1 ms or 2. */
const rowsPerPart = 2_000;

/** From one key to before another: rows that are looked at in one turn. */
interface Span {
  readonly from: number;
  readonly end: number;
}

/** Among which rows it is looked, and what is asked of each. */
interface Reading {
  /** An index has these in the order of their keys, or they are few. */
  readonly among: readonly Expression<SqlBool>[];
  readonly asked: readonly Expression<SqlBool>[];
  /** The last ones before a key; undefined when there are none. */
  readonly spanBefore: (key: number) => Promise<Span | undefined>;
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
  const { among, asked, spanBefore } = readingOf(db, filter, pending);
  const wanted = filter.limit + 1;
  const found: WorkflowRow[] = [];
  const newest = filter.cursor === undefined ? Number.MAX_SAFE_INTEGER : keyOf(filter.cursor);
  const range = await rangeOf(db, filter.idPrefix);
  let span = await spanBefore(Math.min(newest, range.end));
  while (span !== undefined) {
    const rows = await db
      .selectFrom('workflows')
      .selectAll()
      .where(eb.and([...among, ...asked]))
      .where('key', '>=', Math.max(span.from, range.from))
      .where('key', '<', span.end)
      .orderBy('key', 'desc')
      .limit(wanted - found.length)
      .execute();
    found.push(...rows);
    if (span.from <= range.from || found.length === wanted) break;
    await nextMacrotask();
    span = await spanBefore(span.from);
  }
  return found;
}

function readingOf(db: Kysely<ChimeraDatabase>, filter: WorkflowFilter, pending: number): Reading {
  const asked = askedBy(filter);
  const few = (where: Expression<SqlBool>): Reading => ({
    among: [where],
    asked,
    spanBefore: (end) => Promise.resolve({ from: 0, end }),
  });
  const { definition, parent, status } = filter;
  if (parent !== undefined) return few(eb('parent_id', '=', parent));
  if (status === 'queued' && pending <= rowsPerPart) return few(eb('key', 'in', pendingKeys(db)));
  if (status !== undefined && status !== 'queued') {
    const among = [notQueued, eb('status', '=', status)];
    return { among, asked, spanBefore: countedSpans(db, among) };
  }
  const spanBefore = definition === undefined ? countedSpans(db, []) : spansOf(db, definition);
  return { among: [], asked, spanBefore };
}

/** So many rows of those. */
function countedSpans(
  db: Kysely<ChimeraDatabase>,
  among: readonly Expression<SqlBool>[],
): Reading['spanBefore'] {
  return async (end) => {
    const last = await db
      .selectFrom('workflows')
      .select('key')
      .where(eb.and(among))
      .where('key', '<', end)
      .orderBy('key', 'desc')
      .offset(rowsPerPart - 1)
      .limit(1)
      .executeTakeFirst();
    return { from: last?.key ?? 0, end };
  };
}

/** Where that definition has workflows. */
function spansOf(db: Kysely<ChimeraDatabase>, definition: string): Reading['spanBefore'] {
  return async (key) => {
    const found = await db
      .selectFrom('definition_parts')
      .select('part')
      .where('definition_name', '=', definition)
      .where('part', '<=', partOf(key - 1))
      .orderBy('part', 'desc')
      .limit(1)
      .executeTakeFirst();
    if (found === undefined) return undefined;
    const from = found.part * keysPerPart;
    return { from, end: Math.min(key, from + keysPerPart) };
  };
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

/** No id that begins so is outside; the first key may be that of the one before them. */
async function rangeOf(db: Kysely<ChimeraDatabase>, idPrefix: string | undefined): Promise<Span> {
  if (idPrefix === undefined) return { from: 0, end: Number.MAX_SAFE_INTEGER };
  const { first, last } = await db
    .selectNoFrom([
      lastKeyUpTo(sql.val(idPrefix)).as('first'),
      lastKeyUpTo(sql.val(behind(idPrefix))).as('last'),
    ])
    .executeTakeFirstOrThrow();
  return { from: first, end: last + 1 };
}

/** Comes after all ids that begin with it. */
function behind(idPrefix: string): string {
  return `${idPrefix}\uffff`;
}
