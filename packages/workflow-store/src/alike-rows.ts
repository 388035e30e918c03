import { type Kysely, sql } from 'kysely';
import type { Preparer } from './preparer.ts';
import type { ChimeraDatabase } from './tables.ts';

/**
 * What a group writes is mostly alike: a claim of fifty leaves fifty rows that differ in little but
 * their keys. Rows that follow each other and have the same in all `shared` columns share a
 * statement, which is given these values once: of 125 values for a workflow of three phases 54 are
 * left, each of which would be sent to another thread, and bound there (docs/adr/0008).
 */
export interface AlikeColumns<Row> {
  readonly shared: readonly (keyof Row & string)[];
  readonly own: readonly (keyof Row & string)[];
}

/**
 * Without a journal of what a statement of many rows would have to take back by itself: whoever
 * writes takes back more than that when one fails, its whole transaction or the operation's part.
 */
const orFail = sql`or fail`;

/** Rows in one statement, largest first: a row of 16 costs three fifths of one that comes alone. */
const sizes: readonly number[] = [16, 4, 1];
/** Of what shares so much that a row which comes alone would be given more than it saves. */
const notAlone = sizes.slice(0, -1);

/**
 * Inserts rows in their order.
 *
 * @param kinds ways to share out the same columns, the one that shares most first; the last takes
 *   what is alike in no other
 */
export function insertingAlike<Row>(
  sqlite: Preparer,
  db: Kysely<ChimeraDatabase>,
  table: keyof ChimeraDatabase,
  kinds: readonly AlikeColumns<Row>[],
): (rows: readonly Row[]) => void {
  return inChunks(
    kinds.map(({ own, shared }, index) => {
      const columns = sql.join([...shared, ...own].map((name) => sql.ref(name)));
      const row = sql`(${places(own.length)})`;
      const chosen = sql.join([
        ...shared.map(() => place),
        ...own.map((_, at) => sql.ref(`column${at + 1}`)),
      ]);
      const ofSizes = index < kinds.length - 1 ? notAlone : sizes;
      return kindOf(sqlite, shared, ofSizes, (size) => ({
        text: sql`insert ${orFail} into ${sql.table(table)} (${columns})
          select ${chosen} from (values ${sql.join(repeated(size, row))})`.compile(db).sql,
        give: (values, rows) => {
          for (const each of rows) for (const name of own) values.push(each[name]);
        },
      }));
    }),
  );
}

/** Changes rows of workflows that are named by their key, each once; they differ in their last event. */
export function updatingAlike<Row extends { readonly key: number; readonly last_event: number }>(
  sqlite: Preparer,
  db: Kysely<ChimeraDatabase>,
  shared: readonly (keyof Row & string)[],
): (rows: readonly Row[]) => void {
  const set = shared.map((name) => sql`${sql.ref(name)} = ${place}`);
  return inChunks([
    kindOf<Row>(sqlite, shared, sizes, (size) => ({
      text: sql`update ${orFail} workflows set ${sql.join(set)},
        last_event = case key ${sql.join(repeated(size, sql`when ? then ?`), sql` `)} end
        where key in (${places(size)})`.compile(db).sql,
      give: (values, rows) => {
        for (const each of rows) values.push(each.key, each.last_event);
        for (const each of rows) values.push(each.key);
      },
    })),
  ]);
}

interface Chunk<Row> {
  readonly text: string;
  /** Adds what its rows do not share. */
  readonly give: (values: unknown[], rows: readonly Row[]) => void;
}

interface Kind<Row> {
  readonly shared: readonly (keyof Row & string)[];
  /** Largest first. */
  readonly chunks: readonly (Pick<Chunk<Row>, 'give'> & {
    readonly size: number;
    readonly statement: ReturnType<Preparer['prepare']>;
  })[];
}

function kindOf<Row>(
  sqlite: Preparer,
  shared: readonly (keyof Row & string)[],
  ofSizes: readonly number[],
  chunkOf: (size: number) => Chunk<Row>,
): Kind<Row> {
  const chunks = ofSizes.map((size) => {
    const { give, text } = chunkOf(size);
    return { give, size, statement: sqlite.prepare<never>(text) };
  });
  return { shared, chunks };
}

function inChunks<Row>(kinds: readonly Kind<Row>[]): (rows: readonly Row[]) => void {
  return (rows) => {
    for (let next = 0; next < rows.length;) next = writeAlike(kinds, rows, next);
  };
}

/** Returns where what is left begins. */
function writeAlike<Row>(kinds: readonly Kind<Row>[], rows: readonly Row[], first: number): number {
  let next = first;
  for (const { chunks, shared } of kinds) {
    const common = shared.map((name) => rows[first]?.[name]);
    const end = endOfAlike(rows, first, shared, common);
    for (const { give, size, statement } of chunks) {
      for (; end - next >= size; next += size) {
        const values = packed(common);
        give(values, rows.slice(next, next + size));
        statement.run(values);
      }
    }
    if (next > first) break;
  }
  return next;
}

function endOfAlike<Row>(
  rows: readonly Row[],
  first: number,
  shared: readonly (keyof Row & string)[],
  common: readonly unknown[],
): number {
  let end = first + 1;
  for (; end < rows.length; end += 1) if (!isAlike(rows[end], shared, common)) return end;
  return end;
}

/** Every value of every row comes by here: the pairs of entries() were a hundredth of all that the event loop allocates. */
function isAlike<Row>(
  row: Row | undefined,
  shared: readonly (keyof Row & string)[],
  common: readonly unknown[],
): boolean {
  let index = 0;
  for (const name of shared) {
    if (row?.[name] !== common[index]) return false;
    index += 1;
  }
  return true;
}

/**
 * A copy that grew from nothing. One that was made for its length, as map makes it once it is
 * compiled, counts as one with holes: V8 sends each index beside its value, and to write and read
 * that takes twice as long.
 */
function packed(values: readonly unknown[]): unknown[] {
  const copy: unknown[] = [];
  for (const value of values) copy.push(value);
  return copy;
}

const place = sql.raw('?');

function places(count: number) {
  return sql.join(repeated(count, place));
}

function repeated<Part>(count: number, part: Part): Part[] {
  return Array.from({ length: count }, () => part);
}
