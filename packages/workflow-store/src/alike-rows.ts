import { type Kysely, sql } from 'kysely';
import type { Preparer } from './preparer.ts';
import type { ChimeraDatabase } from './tables.ts';

/**
 * What a group writes is mostly alike: a claim of fifty leaves fifty rows that differ in little but
 * their keys. Rows that follow each other and have the same in all `shared` columns share a
 * statement, which is given these values once: of 125 values for a workflow of three phases 60 are
 * left, each of which would be sent to another thread, and bound there (docs/adr/0008).
 */
export interface AlikeColumns<Row> {
  readonly shared: readonly (keyof Row & string)[];
  readonly own: readonly (keyof Row & string)[];
}

/** Rows in one statement, largest first: a row of 16 costs three fifths of one that comes alone. */
const sizes = [16, 4, 1] as const;

/** Inserts rows in their order; columns that are not named have their defaults. */
export function insertingAlike<Row>(
  sqlite: Preparer,
  db: Kysely<ChimeraDatabase>,
  table: keyof ChimeraDatabase,
  { own, shared }: AlikeColumns<Row>,
): (rows: readonly Row[]) => void {
  const columns = sql.join([...shared, ...own].map((name) => sql.ref(name)));
  const row = sql`(${places(own.length)})`;
  const chosen = sql.join([
    ...shared.map(() => place),
    ...own.map((_, index) => sql.ref(`column${index + 1}`)),
  ]);
  return inChunks(sqlite, shared, (size) => ({
    text: sql`insert into ${sql.table(table)} (${columns})
      select ${chosen} from (values ${sql.join(repeated(size, row))})`.compile(db).sql,
    give: (values, rows) => {
      for (const each of rows) for (const name of own) values.push(each[name]);
    },
  }));
}

/** Changes rows that are named by their key, each once; `own` is the column in which they differ. */
export function updatingAlike<Row extends { readonly key: number }>(
  sqlite: Preparer,
  db: Kysely<ChimeraDatabase>,
  table: keyof ChimeraDatabase,
  { own, shared }: Pick<AlikeColumns<Row>, 'shared'> & { readonly own: keyof Row & string },
): (rows: readonly Row[]) => void {
  const key = sql.ref('key');
  const set = shared.map((name) => sql`${sql.ref(name)} = ${place}`);
  return inChunks(sqlite, shared, (size) => ({
    text: sql`update ${sql.table(table)} set ${sql.join(set)},
      ${sql.ref(own)} = case ${key} ${sql.join(repeated(size, sql`when ? then ?`), sql` `)} end
      where ${key} in (${places(size)})`.compile(db).sql,
    give: (values, rows) => {
      for (const each of rows) values.push(each.key, each[own]);
      for (const each of rows) values.push(each.key);
    },
  }));
}

interface Chunk<Row> {
  readonly text: string;
  /** Adds what its rows do not share. */
  readonly give: (values: unknown[], rows: readonly Row[]) => void;
}

function inChunks<Row>(
  sqlite: Preparer,
  shared: readonly (keyof Row & string)[],
  chunkOf: (size: number) => Chunk<Row>,
): (rows: readonly Row[]) => void {
  const chunks = sizes.map((size) => {
    const { give, text } = chunkOf(size);
    return { give, size, statement: sqlite.prepare<never>(text) };
  });
  return (rows) => {
    for (let next = 0; next < rows.length;) {
      const common = shared.map((name) => rows[next]?.[name]);
      const end = endOfAlike(rows, next, shared, common);
      for (const { give, size, statement } of chunks) {
        for (; end - next >= size; next += size) {
          const values: unknown[] = [...common];
          give(values, rows.slice(next, next + size));
          statement.run(values);
        }
      }
    }
  };
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

const place = sql.raw('?');

function places(count: number) {
  return sql.join(repeated(count, place));
}

function repeated<Part>(count: number, part: Part): Part[] {
  return Array.from({ length: count }, () => part);
}
