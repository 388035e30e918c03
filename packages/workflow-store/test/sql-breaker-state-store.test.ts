import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { CircuitBreaker, SharedBreakers, tryAcquire } from '@chimera/circuit-breaker';
import { breakerStateStoreLaws } from '@chimera/circuit-breaker/store-laws';
import { VirtualClock } from '@chimera/policy';
import Database from 'better-sqlite3';
import { Kysely, type LogEvent, PGliteDialect, sql, SqliteDialect } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { SqlBreakerStateStore } from '../src/index.ts';

interface Tables {
  breaker_reports: { breaker: string; node: string; reported_at: number };
}

const directory = mkdtempSync(join(tmpdir(), 'breaker-reports-'));
const asked: LogEvent[] = [];
const log = (event: LogEvent) => void asked.push(event);

const databases = {
  SQLite: () => new SqliteDialect({ database: new Database(join(directory, 'reports.db')) }),
  PostgreSQL: () => new PGliteDialect({ pglite: new PGlite() }),
};

afterAll(() => rmSync(directory, { recursive: true }));

describe.each(Object.entries(databases))('SqlBreakerStateStore on %s', (name, dialect) => {
  let db: Kysely<Tables>;
  let store: SqlBreakerStateStore<Tables>;

  beforeAll(async () => {
    db = new Kysely<Tables>({ dialect: dialect(), log });
    store = new SqlBreakerStateStore(db);
    await store.migrate();
    await store.migrate();
    // PostgreSQL takes its time to start on a busy machine.
  }, 60_000);
  beforeEach(() => db.deleteFrom('breaker_reports').execute());
  afterAll(() => db.destroy());

  /** The database's clock goes on by itself: when all words are older, it has gone on by more. */
  const advance = async (ms: number) => {
    await db
      .updateTable('breaker_reports')
      .set({ reported_at: sql<number>`reported_at - ${sql.lit(ms)}` })
      .execute();
  };

  test.each(breakerStateStoreLaws)('$name', async ({ check }) => {
    await expect(check({ store, advance })).resolves.toBeUndefined();
  });

  test('ages are by the wall clock of the database, in milliseconds', async () => {
    await store.exchange('a', [{ breaker: 'db', openedAt: 1, openForMs: 2 }]);
    const { reported_at } = await db
      .selectFrom('breaker_reports')
      .select('reported_at')
      .executeTakeFirstOrThrow();
    expect(Math.abs(Date.now() - reported_at)).toBeLessThan(60_000);
    await advance(-60_000);
    const [early] = await store.exchange('b', [{ breaker: 'db', openedAt: 0, openForMs: 0 }]);
    expect(early?.ageMs).toBe(0);
  });

  test('of a breaker that is told twice, the last word counts', async () => {
    const word = { breaker: 'db', openForMs: 1 };
    await store.exchange('a', [
      { ...word, openedAt: 1 },
      { ...word, openedAt: 2 },
    ]);
    const heard = await store.exchange('b', [{ ...word, openedAt: 0 }]);
    expect(heard.map(({ openedAt }) => openedAt)).toEqual([2]);
  });

  test('an opening without an end is told as one', async () => {
    await store.exchange('a', [{ breaker: 'db', openedAt: 1, openForMs: Infinity }]);
    const [heard] = await store.exchange('b', [{ breaker: 'db', openedAt: 0, openForMs: 0 }]);
    expect(heard?.openForMs).toBe(Infinity);
  });

  test('words that are older than keepFor are deleted, by whoever speaks next', async () => {
    const word = { breaker: 'db', openedAt: 0, openForMs: 0 };
    const brief = new SqlBreakerStateStore(db, { keepFor: '10s' });
    await brief.exchange('old', [word]);
    await advance(9_000);
    await brief.exchange('young', [word]);
    expect(await brief.exchange('a', [word])).toHaveLength(2);
    await advance(1_500);
    await brief.exchange('a', [word]);
    const rows = await db.selectFrom('breaker_reports').select('node').orderBy('node').execute();
    expect(rows.map(({ node }) => node)).toEqual(['a', 'young']);
  });

  test('a server is asked once for each exchange; a file takes several statements', async () => {
    asked.length = 0;
    await store.exchange('a', [{ breaker: 'db', openedAt: 0, openForMs: 0 }]);
    expect(asked).toHaveLength(name === 'PostgreSQL' ? 1 : 5);
  });

  test('a quorum of nodes opens the breakers of the rest through it', async () => {
    const clock = new VirtualClock();
    const nodes = ['a', 'b', 'c'].map((node) => {
      const breaker = new CircuitBreaker({ name: 'db' }, { clock });
      const shared = new SharedBreakers(store, { node }, { clock });
      shared.share(breaker);
      return { breaker, shared };
    });
    for (const { breaker } of nodes.slice(0, 2))
      for (let failures = 0; breaker.status === 'closed' && failures < 100; failures += 1)
        tryAcquire(breaker)?.fail(new Error('down'));
    for (const { shared } of nodes) await shared.sync();
    for (const { shared } of nodes) await shared.sync();
    expect(nodes.map(({ breaker }) => breaker.status)).toEqual(['open', 'open', 'open']);
    for (const { shared } of nodes) shared[Symbol.dispose]();
  });
});

test('keepFor must be a time', () => {
  const db = new Kysely<Tables>({
    dialect: new SqliteDialect({ database: new Database(':memory:') }),
  });
  expect(() => new SqlBreakerStateStore(db, { keepFor: 0 })).toThrow(
    'sql-breaker-state-store: keepFor must be',
  );
});
