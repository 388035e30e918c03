import Database from 'better-sqlite3';
import fc from 'fast-check';
import { Kysely, SqliteDialect } from 'kysely';
import { expect, test } from 'vitest';
import { insertingAlike, updatingAlike } from '../src/alike-rows.ts';
import type { Preparer } from '../src/preparer.ts';
import type { ChimeraDatabase } from '../src/tables.ts';

interface Row {
  readonly key: number;
  readonly phase: string;
  readonly holder: string | null;
  readonly last_event: number;
}

const kinds = [
  { shared: ['phase', 'holder'], own: ['key', 'last_event'] },
  { shared: ['phase'], own: ['key', 'last_event', 'holder'] },
] as const;

/** Few values, so that long runs of rows are alike, and runs end anywhere. */
const value = {
  phase: fc.constantFrom('a', 'b'),
  holder: fc.constantFrom(null, 'one'),
  last_event: fc.nat(9),
};
const rows = fc
  .array(fc.tuple(fc.record(value), fc.nat(39)), { maxLength: 120 })
  .map((found) =>
    found.flatMap(([row, repeats]) => Array.from({ length: repeats + 1 }, () => ({ ...row }))),
  )
  .map((found) => found.map((row, index): Row => ({ ...row, key: index + 1 })));

test('rows come to stand in the table as they are, however they are shared out among statements', () => {
  fc.assert(
    fc.property(rows, (given) => {
      const table = emptyTable();
      table.insert(given);
      expect(table.rows()).toEqual(given);
    }),
    { numRuns: 60 },
  );
});

test('each row is changed to what is said of it, and none that is not named', () => {
  fc.assert(
    fc.property(rows, fc.func(fc.record(value)), (given, changeOf) => {
      const table = emptyTable();
      table.insert(given);
      const changed = given.filter(({ key }) => key % 3 > 0).map((row) => changeOf(row.key, row));
      const now = given.map((row) =>
        row.key % 3 > 0 ? { ...row, ...(changed.shift() ?? row) } : row,
      );
      table.update(now.filter(({ key }) => key % 3 > 0));
      expect(table.rows()).toEqual(now);
    }),
    { numRuns: 60 },
  );
});

const numbered = (rows: readonly Omit<Row, 'key' | 'last_event'>[]): readonly Row[] =>
  rows.map((row, index) => ({ ...row, key: index + 1, last_event: index }));

test('rows that are alike share a statement, and what they have in common is given to it once', () => {
  const table = emptyTable();
  table.insert(numbered(Array.from({ length: 20 }, () => ({ phase: 'a', holder: null }))));
  expect(table.given.map((values) => values.length)).toEqual([2 + 16 * 2, 2 + 4 * 2]);
});

test('a row that comes alone shares less, so that it has a statement with the next', () => {
  const table = emptyTable();
  table.insert(
    numbered([
      ...Array.from({ length: 5 }, () => ({ phase: 'a', holder: null })),
      ...Array.from({ length: 3 }, () => ({ phase: 'a', holder: 'one' })),
      { phase: 'b', holder: 'one' },
    ]),
  );
  expect(table.given.map((values) => values.length)).toEqual([2 + 4 * 2, 1 + 4 * 3, 1 + 3]);
});

test('a statement that fails leaves nothing once its transaction is taken back', () => {
  const table = emptyTable();
  table.insert(numbered([{ phase: 'a', holder: null }]));
  const twice = numbered(Array.from({ length: 20 }, () => ({ phase: 'b', holder: null })));
  expect(() => table.inTransaction(() => table.insert(twice.toReversed()))).toThrow('UNIQUE');
  expect(table.rows()).toEqual(numbered([{ phase: 'a', holder: null }]));
});

function emptyTable() {
  const sqlite = new Database(':memory:');
  const db = new Kysely<ChimeraDatabase>({ dialect: new SqliteDialect({ database: sqlite }) });
  sqlite.exec(
    'create table workflows (key integer primary key, phase text, holder text, last_event integer)',
  );
  const given: unknown[][] = [];
  const preparer: Preparer = {
    prepare: <Found>(text: string) => {
      const statement = sqlite.prepare<[unknown[]], Found>(text);
      return {
        run: (values) => {
          given.push(values);
          return statement.run(values);
        },
        get: (values) => statement.get(values),
        all: (values) => statement.all(values),
      };
    },
  };
  return {
    given,
    insert: insertingAlike<Row>(preparer, db, 'workflows', kinds),
    update: updatingAlike<Row>(preparer, db, ['phase', 'holder']),
    inTransaction: (write: () => void) => sqlite.transaction(write)(),
    rows: () =>
      sqlite.prepare('select key, phase, holder, last_event from workflows order by key').all(),
  };
}
