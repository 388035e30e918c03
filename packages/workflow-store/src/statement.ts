import { type Compilable, type RawBuilder, sql } from 'kysely';
import type { Preparer } from './preparer.ts';

/**
 * A query that Kysely has written once and SQLite keeps prepared: Kysely's own driver prepares at
 * every call, which costs more than most of these queries do.
 */
export interface Statement<Args, Row> {
  /** Returns the number of rows changed. */
  run(args: Args): number;
  /** Returns the new row's integer key. */
  insert(args: Args): number;
  get(args: Args): Row | undefined;
  all(args: Args): Row[];
}

export interface Arg<Args> {
  /** The place of an argument in a query. */
  <Name extends keyof Args & string>(name: Name): RawBuilder<Args[Name]>;
  /** Columns that are named like their arguments. */
  all<Name extends keyof Args & string>(
    names: readonly Name[],
  ): { [Each in Name]: RawBuilder<Args[Each]> };
}

/** `prepared<{ id: string }>(sqlite)((arg) => db.selectFrom('workflows').where('id', '=', arg('id')))` */
export function prepared<Args>(
  sqlite: Preparer,
): <Row>(build: (arg: Arg<Args>) => Compilable<Row>) => Statement<Args, Row> {
  return <Row>(build: (arg: Arg<Args>) => Compilable<Row>) => {
    const { bind, text } = positional(build);
    const statement = sqlite.prepare<Row>(text);
    return {
      run: (args) => statement.run(bind(args)).changes,
      insert: (args) => Number(statement.run(bind(args)).lastInsertRowid),
      get: (args) => statement.get(bind(args)),
      all: (args) => statement.all(bind(args)),
    };
  };
}

/** Binding by position is faster than by name. */
function positional<Args>(build: (arg: Arg<Args>) => Compilable) {
  const { sql: named, parameters } = build(arg as Arg<Args>).compile();
  if (parameters.length > 0)
    throw new Error(`workflow-store: every value of a statement is an argument: ${named}`);
  const names: (keyof Args)[] = [];
  const text = named.replace(/@(\w+)/g, (_match, name: string) => {
    names.push(name as keyof Args & string);
    return '?';
  });
  // A list for each call: it may be on its way to another thread when the next one is made.
  const bind = (args: Args): unknown[] => {
    const values: unknown[] = [];
    for (const name of names) values.push(args[name]);
    return values;
  };
  return { bind, text };
}

/**
 * A limit that an argument gives. SQLite plans for the value of a bare one, and plans anew
 * whenever it is bound, which is every call: that took 75 µs of a claim's read of its candidates.
 */
export function limitOf(count: RawBuilder<number>): RawBuilder<number> {
  return sql<number>`${count} + 0`;
}

function place(name: string): RawBuilder<never> {
  return sql.raw(`@${name}`);
}

function places(names: readonly string[]): Record<string, RawBuilder<never>> {
  return Object.fromEntries(names.map((name) => [name, place(name)]));
}

const arg = Object.assign((name: string) => place(name), { all: places });
