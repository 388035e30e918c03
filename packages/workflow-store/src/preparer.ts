import type { Database } from 'better-sqlite3';
import type { KeptBack } from './kept-back.ts';

/** Where statements are prepared: a connection, or a list for a connection elsewhere. */
export interface Preparer {
  prepare<Row>(text: string): PreparedText<Row>;
}

export interface PreparedText<Row> {
  run(values: unknown[]): Written;
  get(values: unknown[]): Row | undefined;
  all(values: unknown[]): Row[];
}

interface Written {
  readonly changes: number;
  readonly lastInsertRowid: number | bigint;
}

/** Statements of a connection; none of them writes for a group that is kept back. */
export function preparerOf(sqlite: Database, keptBack: KeptBack): Preparer {
  return {
    prepare: <Row>(text: string): PreparedText<Row> => {
      const statement = sqlite.prepare<[unknown[]], Row>(text);
      return {
        run: (values) => {
          keptBack.refuse();
          return statement.run(values);
        },
        get: (values) => statement.get(values),
        all: (values) => statement.all(values),
      };
    },
  };
}
