import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import type { StoreError } from '../src/index.ts';
import { submitOne, temporaryStore } from './temporary-store.ts';

test('a damaged state is found without what it was, is told of, and gives way to the next', async () => {
  const { path, store: before } = await temporaryStore();
  await before.keepStates([
    { kind: 'breaker', name: 'coder', state: { failures: 2 } },
    { kind: 'breaker', name: 'tester', state: { failures: 1 } },
  ]);
  await before.close();
  const other = new Database(path);
  other.exec(`update kept_states set body = '{"failures":' where name = 'coder'`);
  other.close();
  const reported: StoreError[] = [];
  const { store } = await temporaryStore({ path, onCorruptRow: (error) => reported.push(error) });
  const tester = { kind: 'breaker', name: 'tester', state: { failures: 1 } };
  expect(await store.keptStates('breaker')).toEqual([
    { kind: 'breaker', name: 'coder', state: undefined },
    tester,
  ]);
  expect(reported).toMatchObject([{ code: 'ROW_CORRUPT', path }]);
  expect(reported[0]?.message).toMatch(
    /^the kept state "coder" of breaker cannot be read: its body is not JSON: .+; the next state takes its place, or restore a backup$/,
  );
  const next = { kind: 'breaker', name: 'coder', state: { failures: 0 } };
  await store.keepStates([next]);
  expect(await store.keptStates('breaker')).toEqual([next, tester]);
});

test('where the number of the last event is damaged, the next one follows those that are there', async () => {
  const { path, store: before } = await temporaryStore();
  await submitOne(before);
  await before.close();
  const other = new Database(path);
  other.exec(`insert into kept_states values ('workflow-store', 'last-event', '{')`);
  other.close();
  const { store } = await temporaryStore({ path });
  await submitOne(store);
  expect((await store.events({ limit: 9 })).map(({ seq }) => seq)).toEqual([1, 2]);
});
