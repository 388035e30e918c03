import { existsSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import Database from 'better-sqlite3';
import { sql } from 'kysely';
import { describe, expect, expectTypeOf, test } from 'vitest';
import type { optionKinds } from '../src/check-options.ts';
import { unusable } from '../src/connection.ts';
import { openWorkflowStore, type WorkflowStoreOptions } from '../src/index.ts';
import { submitOne, temporaryPath, temporaryStore } from './temporary-store.ts';

describe('opening', () => {
  test('a file that is no database is refused and left as it is', async () => {
    const path = temporaryPath('notes.txt');
    const text = 'these are notes, and no database at all\n'.repeat(40);
    writeFileSync(path, text);
    await expect(openWorkflowStore({ path })).rejects.toMatchObject({
      name: 'StoreError',
      code: 'STORE_NOT_A_DATABASE',
      path,
      message: `${path} is not a SQLite database; name another file, or move this one away`,
    });
    expect(readFileSync(path, 'utf8')).toBe(text);
    expect(existsSync(`${path}.lock`)).toBe(false);
  });

  test('a database with tables of the same names is told as that of another program', async () => {
    const path = temporaryPath();
    const other = new Database(path);
    other.exec('create table workflows (step text)');
    other.close();
    await expect(openWorkflowStore({ path })).rejects.toMatchObject({
      code: 'STORE_UNUSABLE',
      message: `${path} cannot be used as a database (table "workflows" already exists); it may hold the tables of another program: name another file`,
    });
  });

  test('a disk without room for an opening is told as that', () => {
    const full = new Database.SqliteError('database or disk is full', 'SQLITE_FULL');
    expect(unusable('store.db', full)).toMatchObject({
      code: 'STORE_FULL',
      message: 'store.db has no space to grow; free some, then try again',
    });
  });

  test('an opening that fails leaves the lock file of others where it is', async () => {
    const path = temporaryPath();
    writeFileSync(path, 'x'.repeat(1_000));
    writeFileSync(`${path}.lock`, '');
    await expect(openWorkflowStore({ path })).rejects.toThrow('is not a SQLite database');
    expect(existsSync(`${path}.lock`)).toBe(true);
  });

  test.skipIf(process.platform === 'win32')(
    'a lock file that is removed after it was opened cannot be locked',
    () => {
      const file = temporaryPath('store.db.lock');
      const first = new Database(file);
      first.pragma('user_version = 1');
      const second = new Database(file);
      expect(second.pragma('user_version', { simple: true })).toBe(1);
      rmSync(file);
      second.exec('BEGIN IMMEDIATE');
      expect(() => second.pragma('user_version = 2')).toThrow(
        expect.objectContaining({ code: 'SQLITE_READONLY_DBMOVED' }),
      );
      second.close();
      first.close();
    },
  );

  test('every option is checked', () => {
    expectTypeOf<keyof typeof optionKinds>().toEqualTypeOf<keyof WorkflowStoreOptions>();
  });

  test.for<[string, unknown, string]>([
    ['no options', undefined, 'options must be an object with a path, got undefined'],
    ['no path', {}, 'path must be the path of a file, got undefined'],
    ['a durability', { durability: 'max' }, `durability must be 'power-loss' or 'crash'`],
    ['a thread', { writerThread: 'yes' }, 'writerThread must be true or false, got "yes"'],
    ['claim keys', { claimKeys: 5 }, 'claimKeys must be a function, got 5'],
    ['a listener', { onDead: 5 }, 'onDead must be a function, got 5'],
    ['a watch', { watch: null }, 'watch must be an object, got null'],
    ['limits', { limits: {} }, 'limits must be a list, got object'],
    ['a limit', { limits: [5] }, 'limits[0] must be an object, got 5'],
    ['a limit of nothing', { limits: [{ concurrency: 1 }] }, 'limits[0] must be for either'],
    [
      'a misspelt limit',
      { limits: [{ label: 'a', concurency: 1 }] },
      'limits[0] must be of label, agent, concurrency, rate, got "concurency"',
    ],
    ['a misspelt option', { durabilty: 'crash' }, 'options must be among path, '],
  ])('wrong options (%s) are a RangeError, and nothing is opened', async ([what, wrong, words]) => {
    const path = temporaryPath();
    const options = what.startsWith('no ') ? wrong : { path, ...(wrong as object) };
    await expect(openWorkflowStore(options as WorkflowStoreOptions)).rejects.toThrow(
      expect.objectContaining({
        name: 'RangeError',
        message: expect.stringContaining(`workflow-store: ${words}`),
      }),
    );
    expect([path, `${path}.lock`].filter((file) => existsSync(file))).toEqual([]);
  });

  test('a schema of a later version is refused', async () => {
    const { path, store } = await temporaryStore();
    await store.close();
    const other = new Database(path);
    other.exec(`insert into workflow_store_migrations values ('9999-later', '2030-01-01')`);
    other.close();
    await expect(openWorkflowStore({ path })).rejects.toMatchObject({
      code: 'STORE_SCHEMA_TOO_NEW',
      message: expect.stringContaining('it has 9999-later'),
    });
  });

  test('a damaged database is refused', async () => {
    const { path, store } = await temporaryStore();
    await store.close();
    const bytes = readFileSync(path);
    bytes.fill(0x5a, 4_096, 8_192);
    writeFileSync(path, bytes);
    await expect(openWorkflowStore({ path })).rejects.toMatchObject({ code: 'STORE_CORRUPT' });
  });

  test.each([
    ['in a directory that does not exist', (file: string) => join(dirname(file), 'no', 'store.db')],
    ['under a file', (file: string) => join(file, 'store.db')],
    ['that is a directory', (file: string) => dirname(file)],
    ['of no file', () => ':memory:'],
  ])('a path %s is refused', async (_where, pathFor) => {
    const file = temporaryPath();
    writeFileSync(file, '');
    const path = pathFor(file);
    await expect(openWorkflowStore({ path })).rejects.toMatchObject({
      code: 'STORE_UNUSABLE',
      path,
    });
  });

  test('a second owner is refused and told who the first is, also over a link', async () => {
    const { path, store } = await temporaryStore();
    const link = join(dirname(path), 'link.db');
    symlinkSync(path, link);
    for (const other of [path, link])
      await expect(openWorkflowStore({ path: other })).rejects.toMatchObject({
        code: 'STORE_IN_USE',
        message: expect.stringContaining(`is in use by process ${process.pid};`),
      });
    await submitOne(store);
    await store.close();
    const { store: next } = await temporaryStore({ path });
    expect((await next.counts()).queued).toBe(1);
  });

  test('a refused opening leaves the file free', async () => {
    const path = temporaryPath();
    writeFileSync(path, 'x'.repeat(1_000));
    await expect(openWorkflowStore({ path })).rejects.toThrow('is not a SQLite database');
    writeFileSync(path, '');
    const { store } = await temporaryStore({ path });
    expect((await store.counts()).queued).toBe(0);
  });

  test.each([
    ['zeros, where the system had no time to write', Buffer.alloc(4_096)],
    ['half of its page', Buffer.alloc(300, 'SQLite format 3')],
  ])('a lock file that a power cut has left with %s locks again', async (_what, content) => {
    const { path, store } = await temporaryStore();
    await submitOne(store);
    await store.close();
    writeFileSync(`${path}.lock`, content);
    const { store: next } = await temporaryStore({ path });
    expect((await next.counts()).queued).toBe(1);
    await expect(openWorkflowStore({ path })).rejects.toMatchObject({ code: 'STORE_IN_USE' });
  });

  test.each([
    ['power-loss', 2],
    ['crash', 1],
  ] as const)('durability %s sets synchronous to %i, in WAL mode', async (durability, level) => {
    const { store } = await temporaryStore({ durability });
    const pragma = async (name: string) =>
      (await sql.raw<Record<string, unknown>>(`pragma ${name}`).execute(store.db)).rows[0]?.[name];
    expect(await pragma('synchronous')).toBe(level);
    expect(await pragma('journal_mode')).toBe('wal');
    expect(await pragma('foreign_keys')).toBe(1);
  });
});

describe('closing', () => {
  test('waits for writes under way, and refuses later ones', async () => {
    const { path, store } = await temporaryStore();
    const submitted = submitOne(store);
    await Promise.all([store.close(), store.close()]);
    const id = await submitted;
    await expect(store.get(id)).rejects.toMatchObject({ code: 'STORE_CLOSED' });
    await expect(submitOne(store)).rejects.toMatchObject({ code: 'STORE_CLOSED' });
    const { store: reopened } = await temporaryStore({ path });
    expect((await reopened.get(id))?.id).toBe(id);
  });
});
