import type { Database } from 'better-sqlite3';
import { type Compilable, type RawBuilder, sql } from 'kysely';

/** A query that Kysely has written once and SQLite keeps prepared. Its arguments go by name. */
export interface Statement<Args, Row> {
  /** Returns the number of rows changed. */
  run(args: Args): number;
  get(args: Args): Row | undefined;
  all(args: Args): Row[];
}

export type Arg<Args> = <Name extends keyof Args & string>(name: Name) => RawBuilder<Args[Name]>;

/** `prepared<{ id: string }>(sqlite)((arg) => db.selectFrom('workflows').where('id', '=', arg('id')))` */
export function prepared<Args>(
  sqlite: Database,
): <Row>(build: (arg: Arg<Args>) => Compilable<Row>) => Statement<Args, Row> {
  return <Row>(build: (arg: Arg<Args>) => Compilable<Row>) => {
    const { sql: text, parameters } = build((name) => sql.raw(`@${name}`)).compile();
    if (parameters.length > 0)
      throw new Error(
        `workflow-store: every value of a prepared statement is an argument: ${text}`,
      );
    const statement = sqlite.prepare<[Args], Row>(text);
    return {
      run: (args) => statement.run(args).changes,
      get: (args) => statement.get(args),
      all: (args) => statement.all(args),
    };
  };
}
