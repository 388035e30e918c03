import { EventEmitter, once } from 'node:events';
import Database from 'better-sqlite3';
import { Kysely, sql } from 'kysely';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { StoreCommit } from '../src/call.ts';
import { ExclusiveUse } from '../src/exclusive-use.ts';
import { GroupCommit } from '../src/group-commit.ts';
import type { Operation } from '../src/operation.ts';
import { OwnedSqliteDialect } from '../src/sqlite-dialect.ts';
import type { ChimeraDatabase } from '../src/tables.ts';
import { temporaryPath } from './temporary-store.ts';

const nothing = () => {};

function openGroup(listen?: (commit: StoreCommit) => void) {
  const path = temporaryPath();
  const sqlite = new Database(path);
  const reader = new Database(path);
  sqlite.exec(`
    pragma journal_mode = wal;
    pragma foreign_keys = on;
    create table rows (name text primary key);
    create table parts (of text references rows (name) deferrable initially deferred);
  `);
  const db = new Kysely<ChimeraDatabase>({
    dialect: new OwnedSqliteDialect(sqlite, 'store.db'),
  });
  let rollbacks = 0;
  const rolledBack = () => {
    rollbacks += 1;
  };
  const memory = {
    flush: nothing,
    committed: nothing,
    seal: () => ({ steps: [], lastEvent: 0 }),
    landed: nothing,
    rolledBack,
    mark: () => rolledBack,
  };
  const commits: StoreCommit[] = [];
  let reading = 0;
  // Each reading is 5 ms after the one before.
  const clock = { monotonic: () => (reading += 5) };
  const onCommit = listen ?? ((commit: StoreCommit) => void commits.push(commit));
  let events = 0;
  const lastEvent = () => (events += 2);
  const group = new GroupCommit(sqlite, db, {
    memory,
    clock,
    lastEvent,
    onCommit,
    exclusive: new ExclusiveUse(),
  });
  onTestFinished(() => {
    reader.close();
    return db.destroy();
  });
  const insert = sqlite.prepare('insert into rows values (?)');
  const writing =
    (name: string): Operation<string> =>
    () => {
      insert.run(name);
      return { result: name };
    };
  /** What another connection sees: only what is committed. */
  const seen = () => reader.prepare('select name from rows order by name').pluck().all();
  return { commits, db, group, writing, seen, sqlite, rollbacks: () => rollbacks };
}

test('many calls of one turn are committed in several pieces, in their order, and the loop turns in between', async () => {
  const { group, seen, writing } = openGroup();
  const names = Array.from({ length: 300 }, (_, n) => `n${String(n).padStart(3, '0')}`);
  const calls = names.map((name) => group.run(writing(name)));
  const sizes: number[] = [];
  while (sizes.at(-1) !== names.length) {
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    const { length } = seen();
    expect(seen()).toEqual(names.slice(0, length));
    if (length > 0 && sizes.at(-1) !== length) sizes.push(length);
  }
  await Promise.all(calls);
  expect(sizes).toEqual([128, 256, 300]);
});

test('calls of one turn share one commit, and hear of it only afterwards', async () => {
  const { group, seen, writing } = openGroup();
  const told = ['a', 'b', 'c'].map(async (name) => {
    await group.run(writing(name));
    return seen();
  });
  const all = ['a', 'b', 'c'];
  // One by one, the first to be told would not see the others yet.
  expect(await Promise.all(told)).toEqual([all, all, all]);
});

test('each commit tells how many shared it and how long it took, before its callers hear', async () => {
  const { commits, group, writing } = openGroup();
  await Promise.all([group.run(writing('a')), group.run(writing('b'))]);
  expect(commits).toEqual([{ operations: 2, durationMs: 15, eventsAfter: 2, lastEvent: 4 }]);
  await expect(group.run(writing('a'))).rejects.toThrow('UNIQUE');
  expect(commits).toHaveLength(2);
});

test('nothing is seen before the commit, and calls that arrive meanwhile share the next', async () => {
  const { group, seen, writing } = openGroup();
  const gate = new EventEmitter();
  const first = group.run(() => ({
    ...writing('a')(),
    hook: async () => void (await once(gate, 'open')),
  }));
  await new Promise((done) => setImmediate(done));
  const later = ['b', 'c'].map(async (name) => {
    await group.run(writing(name));
    return seen();
  });
  await new Promise((done) => setImmediate(done));
  expect(seen()).toEqual([]);
  gate.emit('open');
  await first;
  expect(seen()).toEqual(['a']);
  expect(await Promise.all(later)).toEqual([
    ['a', 'b', 'c'],
    ['a', 'b', 'c'],
  ]);
});

test('a transaction of others on the same connection is waited for, and none of it is mixed in', async () => {
  const { db, group, seen, writing } = openGroup();
  let written: Promise<string> | undefined;
  const own = db.transaction().execute(async (trx) => {
    await sql`insert into rows values ('own')`.execute(trx);
    written = group.run(writing('a'));
    await new Promise((done) => setImmediate(done));
    await new Promise((done) => setImmediate(done));
    expect(seen()).toEqual([]);
    throw new Error('rolled back');
  });
  await expect(own).rejects.toThrow('rolled back');
  expect(await written).toBe('a');
  expect(seen()).toEqual(['a']);
});

test('one that fails takes nothing from the others, and leaves nothing of itself', async () => {
  const { group, rollbacks, seen, writing } = openGroup();
  const failing: Operation<void> = () => {
    writing('half')();
    throw new Error('changed my mind');
  };
  const results = await Promise.allSettled([
    group.run(writing('a')),
    group.run(failing),
    group.run(writing('b')),
    group.run(writing('a')),
  ]);
  expect(results.map(({ status }) => status)).toEqual([
    'fulfilled',
    'rejected',
    'fulfilled',
    'rejected',
  ]);
  expect(results[1]).toMatchObject({ reason: { message: 'changed my mind' } });
  expect(results[3]).toMatchObject({ reason: { code: 'SQLITE_CONSTRAINT_PRIMARYKEY' } });
  expect(seen()).toEqual(['a', 'b']);
  expect(rollbacks()).toBeGreaterThan(0);
});

test('a hook that fails undoes its operation, and the others stay', async () => {
  const { group, seen, writing } = openGroup();
  const results = await Promise.allSettled([
    group.run(() => ({
      ...writing('a')(),
      hook: async (trx) => {
        await sql`insert into rows values ('by hook')`.execute(trx);
        throw new Error('no');
      },
    })),
    group.run(writing('b')),
  ]);
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
  expect(seen()).toEqual(['b']);
});

test('a commit that fails is told to everyone in it, and the next one works', async () => {
  const { group, seen, sqlite, writing } = openGroup();
  const orphan: Operation<void> = () => {
    sqlite.exec(`insert into parts values ('nobody')`);
    return { result: undefined };
  };
  const results = await Promise.allSettled([group.run(writing('a')), group.run(orphan)]);
  expect(results).toMatchObject([
    { status: 'rejected', reason: { code: 'SQLITE_CONSTRAINT_FOREIGNKEY' } },
    { status: 'rejected', reason: { code: 'SQLITE_CONSTRAINT_FOREIGNKEY' } },
  ]);
  expect(seen()).toEqual([]);
  expect(await group.run(writing('b'))).toBe('b');
  expect(seen()).toEqual(['b']);
});

test('an error that makes SQLite roll back by itself is told to everyone, and the next one works', async () => {
  const { group, seen, sqlite, writing } = openGroup();
  const pages = Number(sqlite.pragma('page_count', { simple: true }));
  sqlite.pragma(`max_page_count = ${pages + 1}`);
  const big: Operation<void> = () => {
    sqlite.prepare('insert into rows values (?)').run('x'.repeat(100_000));
    return { result: undefined };
  };
  const results = await Promise.allSettled([group.run(writing('a')), group.run(big)]);
  expect(results[1]).toMatchObject({ status: 'rejected', reason: { code: 'SQLITE_FULL' } });
  const written = results[0].status === 'fulfilled' ? ['a'] : [];
  expect(seen()).toEqual(written);
  expect(await group.run(writing('b'))).toBe('b');
  expect(seen()).toEqual([...written, 'b']);
});

test('a write from inside a hook is refused, as it would wait for itself', async () => {
  const { group, seen, writing } = openGroup();
  const nested = group.run(() => ({
    ...writing('a')(),
    hook: async () => void (await group.run(writing('b'))),
  }));
  await expect(nested).rejects.toThrow('would wait for itself');
  // What a hook sets off for later is not inside it any more.
  let later: Promise<string> | undefined;
  await group.run(() => ({
    ...writing('c')(),
    hook: async () => {
      setImmediate(() => {
        later = group.run(writing('d'));
      });
    },
  }));
  await vi.waitUntil(() => later);
  expect(await later).toBe('d');
  expect(seen()).toEqual(['c', 'd']);
});

test('drained waits for everything, also for what arrives meanwhile', async () => {
  const { group, seen, writing } = openGroup();
  void group.run(writing('a')).then(() => group.run(writing('b')));
  await group.close();
  expect(seen()).toEqual(['a', 'b']);
});

test('who listens to commits and fails stops no write', async () => {
  const warned = once(process, 'warning');
  const { group, seen, writing } = openGroup(() => {
    throw new Error('not now');
  });
  await group.run(writing('a'));
  await group.run(writing('b'));
  expect(seen()).toEqual(['a', 'b']);
  expect(await warned).toMatchObject([{ message: 'not now' }]);
});
