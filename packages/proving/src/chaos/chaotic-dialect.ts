/** Kysely's `Dialect`, as far as a fault comes in. */
export interface DialectLike {
  createDriver(): object;
}

interface QueryLike {
  readonly sql: string;
}

type Method = (this: object, ...given: readonly unknown[]) => unknown;

/** How a statement is run: `run` does it. */
export type RunStatement = (statement: string, run: () => Promise<unknown>) => Promise<unknown>;

/**
 * A dialect whose connections run their statements through `around`; the statement is its first
 * word in small letters: `select`, `insert`, `begin`, `commit`. Everything else is the dialect's own.
 */
export function dialectThrough<Dialect extends DialectLike>(
  dialect: Dialect,
  around: RunStatement,
): Dialect {
  return replacing(dialect, {
    createDriver: (create) => () => driverThrough(create() as object, around),
  });
}

function driverThrough(driver: object, around: RunStatement): object {
  /** A driver is to be given back its own connections. */
  const own = new WeakMap<object, object>();
  const ownOf = (given: unknown) =>
    (typeof given === 'object' && given !== null ? own.get(given) : undefined) ?? given;
  const name = (method: string, statement: string) => ({
    [method]:
      (run: (...given: readonly unknown[]) => unknown) =>
      (...given: readonly unknown[]) =>
        around(statement, async () => run(...given.map(ownOf))),
  });
  return replacing(
    driver,
    {
      ...name('beginTransaction', 'begin'),
      ...name('commitTransaction', 'commit'),
      ...name('rollbackTransaction', 'rollback'),
      acquireConnection:
        (acquire) =>
        async (...given) => {
          const connection = (await acquire(...given)) as object;
          const through = connectionThrough(connection, around);
          own.set(through, connection);
          return through;
        },
    },
    ownOf,
  );
}

function connectionThrough(connection: object, around: RunStatement): object {
  return replacing(connection, {
    executeQuery:
      (execute) =>
      (...given) =>
        around(statementOf(given[0] as QueryLike), async () => execute(...given)),
  });
}

function statementOf({ sql }: QueryLike): string {
  return (/^\W*(\w+)/.exec(sql)?.[1] ?? 'query').toLowerCase();
}

type Replacement = (
  own: (...given: readonly unknown[]) => unknown,
) => (...given: readonly unknown[]) => unknown;

/** The object with some methods replaced; all are called on the object itself, for the sake of its private fields. */
function replacing<T extends object>(
  target: T,
  replacements: Readonly<Record<string, Replacement>>,
  argument: (given: unknown) => unknown = (given) => given,
): T {
  return new Proxy(target, {
    get: (_, name) => {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      const own = (...given: readonly unknown[]) =>
        (value as Method).apply(target, given.map(argument));
      const replacement = typeof name === 'string' ? replacements[name] : undefined;
      return replacement === undefined ? own : replacement(own);
    },
  });
}
