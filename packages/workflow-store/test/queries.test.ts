import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { StoreError } from '../src/index.ts';
import Database from 'better-sqlite3';
import { defineWorkflow } from '@chimera/workflow';
import {
  claimOne,
  claimUpTo,
  newWorkflow,
  startsAt,
  submitOne,
  temporaryPath,
  temporaryStore,
} from './temporary-store.ts';
import { forgetOld } from './forget-old.ts';

const single = defineWorkflow({
  name: 'single',
  phases: [{ name: 'check', stage: 'validation', agent: 'checker', timeout: '1m' }],
});

/** JSON of the state of a workflow that failed, of so many causes. */
function failedOf(causes: number): string {
  const error = '{"code":"C","message":"m","retryable":true';
  const chain = `${`${error},"cause":`.repeat(causes)}${error}}${'}'.repeat(causes)}`;
  const counts = '"visits":{},"attempts":1,"retries":1,"recoveries":0';
  return `{"status":"waiting","phase":"plan",${counts},"until":0,"reason":{"kind":"retry","error":${chain}}}`;
}

describe('list', () => {
  test('pages from the newest to the oldest without a gap or a repeat', async () => {
    const { store } = await temporaryStore();
    const submitted = await store.submit(Array.from({ length: 7 }, () => newWorkflow()));
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await store.list({ limit: 3, ...(cursor === undefined ? {} : { cursor }) });
      seen.push(...page.items.map(({ id }) => id));
      cursor = page.nextCursor;
    } while (cursor !== undefined);
    expect(seen).toEqual(submitted.map(({ id }) => id).toReversed());
  });

  test('filters by when they moved last', async () => {
    const { clock, store } = await temporaryStore();
    await submitOne(store);
    const moved = await submitOne(store, { priority: 9 });
    await clock.advance(1_000);
    await claimOne(store);
    const after = async (updatedAfter: number) =>
      (await store.list({ limit: 9, updatedAfter })).items.map(({ id }) => id);
    expect(await after(startsAt)).toEqual([moved]);
    expect(await after(startsAt + 1_000)).toEqual([]);
  });

  test('filters by status and by the name of the definition', async () => {
    const { store } = await temporaryStore();
    const running = await submitOne(store, { priority: 9 });
    await claimOne(store);
    const other = await submitOne(store, { definition: single });
    await submitOne(store);
    const ids = async (filter: { status?: 'running'; definition?: string }) =>
      (await store.list({ limit: 10, ...filter })).items.map(({ id }) => id);
    expect(await ids({ status: 'running' })).toEqual([running]);
    expect(await ids({ definition: 'single' })).toEqual([other]);
    expect(await ids({ definition: 'single', status: 'running' })).toEqual([]);
  });
});

describe('counts and depth', () => {
  test('count every status, also those of no workflow', async () => {
    const { store } = await temporaryStore();
    await submitOne(store);
    await submitOne(store);
    await claimOne(store);
    expect(await store.counts()).toEqual({
      queued: 1,
      running: 1,
      waiting: 0,
      completed: 0,
      dead: 0,
      cancelled: 0,
    });
  });

  test('the oldest is measured from when it could have been claimed', async () => {
    const { clock, store } = await temporaryStore();
    expect(await store.depth()).toEqual({ queued: 0, waiting: 0, held: 0 });
    const id = await submitOne(store, { priority: 9 });
    await clock.advance(100);
    await submitOne(store);
    const { token } = await claimOne(store);
    expect(await store.depth()).toMatchObject({ queued: 1, oldestQueuedAt: startsAt + 100 });
    await clock.advance(100);
    await store.apply({
      workflowId: id,
      token,
      event: { type: 'phase-succeeded', at: clock.now(), output: null },
    });
    expect(await store.depth()).toEqual({
      queued: 2,
      waiting: 0,
      held: 0,
      oldestQueuedAt: startsAt + 100,
    });
  });

  test('whoever was queued before the oldest, and has run since, does not stand for it', async () => {
    const { clock, store } = await temporaryStore();
    await store.submit(Array.from({ length: 200 }, () => newWorkflow({ priority: 9 })));
    const claims = await claimUpTo(store, 200);
    await clock.advance(100);
    await submitOne(store, { priority: 9 });
    await clock.advance(100);
    await submitOne(store, { priority: 3 });
    await clock.advance(100);
    for (const { record, token } of claims)
      await store.apply({
        workflowId: record.id,
        token,
        event: { type: 'phase-succeeded', at: clock.now(), output: null },
      });
    expect(await store.depth()).toMatchObject({ queued: 202, oldestQueuedAt: startsAt + 100 });
    expect(await claimUpTo(store, 200)).toHaveLength(200);
    expect(await store.depth()).toMatchObject({ queued: 2, oldestQueuedAt: startsAt + 100 });
    expect((await claimOne(store)).record.priority).toBe(9);
    expect(await store.depth()).toMatchObject({ queued: 1, oldestQueuedAt: startsAt + 200 });
  });
});

test('work that can be claimed is counted by the agent of its phase, as far as the window goes', async () => {
  const { clock, store } = await temporaryStore();
  await submitOne(store, { priority: 9 });
  const { record, token } = await claimOne(store);
  for (let n = 0; n < 3; n += 1) await submitOne(store, { definition: single });
  await submitOne(store, { runAt: clock.now() + 60_000 });
  await submitOne(store);
  const counted = async (window: number) =>
    Object.fromEntries(
      (await store.queuedByAgent(window)).map((each) => [each.agent, each.queued]),
    );
  expect(await counted(10)).toEqual({ planner: 1, checker: 3 });
  await store.apply({
    workflowId: record.id,
    token,
    event: { type: 'phase-succeeded', at: clock.now(), output: null },
  });
  expect(await counted(10)).toEqual({ planner: 1, checker: 3, builder: 1 });
  expect(await counted(2)).toEqual({ builder: 1, checker: 1 });
});

test('what a failing hook takes back is not counted, and what retention deletes is not either', async () => {
  const { clock, store } = await temporaryStore();
  const [first, second] = [await submitOne(store), await submitOne(store)];
  const event = { type: 'cancel-requested', at: startsAt, reason: 'no' } as const;
  const failing = store.apply({
    workflowId: first,
    event,
    also: () => Promise.reject(new Error('no room')),
  });
  const passing = store.apply({ workflowId: second, event, also: () => Promise.resolve() });
  await expect(failing).rejects.toThrow('no room');
  await passing;
  expect(await store.counts()).toMatchObject({ queued: 1, cancelled: 1 });
  await clock.advance(10);
  await forgetOld(store, 'cancelled', 5);
  expect(await store.counts()).toMatchObject({ queued: 1, cancelled: 0 });
});

describe('events', () => {
  test('are read in order after a cursor, over all workflows', async () => {
    const { store } = await temporaryStore();
    const first = await submitOne(store);
    const second = await submitOne(store);
    await claimUpTo(store, 2);
    const all = await store.events({ limit: 10 });
    expect(all.map(({ workflowId }) => workflowId)).toEqual([first, second, first, second]);
    const middle = all[1]?.seq ?? 0;
    expect(await store.events({ after: middle, limit: 1 })).toEqual([all[2]]);
  });

  test('the number of a deleted event is never given to another', async () => {
    const { clock, path, store } = await temporaryStore();
    const id = await submitOne(store);
    await store.apply({
      workflowId: id,
      event: { type: 'cancel-requested', at: startsAt, reason: 'no' },
    });
    const last = (await store.events({ limit: 10 })).at(-1)?.seq ?? 0;
    await clock.advance(10);
    await forgetOld(store, 'cancelled', 5);
    await store.close();
    const { store: reopened } = await temporaryStore({ path });
    await submitOne(reopened);
    const [next] = await reopened.events({ limit: 1 });
    expect(next?.seq).toBeGreaterThan(last);
  });
});

describe('backup', () => {
  test('is a whole store of its own, taken while the first is in use', async () => {
    const { store } = await temporaryStore();
    const id = await submitOne(store, { labels: { a: 'b' } });
    const path = temporaryPath('copy.db');
    const [, record] = await Promise.all([store.backup(path), submitOne(store)]);
    await store.backup(path);
    const { store: copy } = await temporaryStore({ path });
    expect(await copy.get(id)).toEqual(await store.get(id));
    expect(await copy.get(record)).toEqual(await store.get(record));
  });

  test('is whole beside the log of another database that had its name', async () => {
    const { store } = await temporaryStore();
    await submitOne(store);
    const path = temporaryPath('copy.db');
    await store.backup(path);
    const inUse = new Database(path);
    inUse.pragma('journal_mode = WAL');
    inUse.exec('update workflows set priority = 9');
    const log = readFileSync(`${path}-wal`);
    inUse.close();
    // As a process leaves it that is killed.
    writeFileSync(`${path}-wal`, log);
    const id = await submitOne(store, { input: { text: 'x'.repeat(100_000) } });
    await store.backup(path);
    const { store: copy } = await temporaryStore({ path });
    expect((await copy.list({ limit: 5 })).items.map(({ priority }) => priority)).toEqual([5, 5]);
    expect(await copy.get(id)).toEqual(await store.get(id));
  });

  test('is taken once at a time: two to one file are both whole', async () => {
    const { store } = await temporaryStore();
    const ids = await Promise.all(
      Array.from({ length: 20 }, () => submitOne(store, { input: { text: 'x'.repeat(50_000) } })),
    );
    const path = temporaryPath('copy.db');
    await Promise.all([store.backup(path), store.backup(path)]);
    const { store: copy } = await temporaryStore({ path });
    expect((await copy.counts()).queued).toBe(ids.length);
  });

  test('does not take the place of the database itself, whatever link leads there', async () => {
    const { path, store } = await temporaryStore();
    const link = temporaryPath('link.db');
    symlinkSync(path, link);
    for (const place of [path, link])
      await expect(store.backup(place)).rejects.toThrow(
        /^workflow-store: path must be another file/,
      );
    const id = await submitOne(store);
    await store.close();
    const { store: reopened } = await temporaryStore({ path });
    expect(await reopened.get(id)).toMatchObject({ id });
  });

  test('that is asked for in the middle of a transaction begins after it', async () => {
    const { store } = await temporaryStore();
    const id = await submitOne(store);
    const path = temporaryPath('copy.db');
    let backup: Promise<void> | undefined;
    await store.db.transaction().execute(async (trx) => {
      await trx.selectFrom('workflows').select('id').execute();
      backup = store.backup(path);
      for (let turn = 0; turn < 20; turn += 1) await setImmediate();
    });
    await backup;
    const { store: copy } = await temporaryStore({ path });
    expect(await copy.get(id)).toEqual(await store.get(id));
  });
});

describe('rows from the disk', () => {
  test.each([
    ['state', `update workflows set state = '{"status":"queued"}'`],
    ['state', `update workflows set state = 'not json'`],
    ['state', `update workflows set state = '${failedOf(20_000)}', status = 'waiting'`],
    ['labels', `update workflows set labels = '[1]'`],
    ['input', `update workflow_inputs set body = '7'`],
    ['no input', `delete from workflow_inputs`],
  ])('a damaged %s is refused with the name of the workflow', async (what, damage) => {
    const { path, store: before } = await temporaryStore();
    const id = await submitOne(before, { labels: { a: 'b' } });
    await before.close();
    const other = new Database(path);
    other.exec(damage);
    other.close();
    const reported: StoreError[] = [];
    const { clock, store } = await temporaryStore({
      path,
      onCorruptRow: (error) => reported.push(error),
    });
    const refusal = { code: 'ROW_CORRUPT', workflowId: id };
    await expect(store.get(id)).rejects.toMatchObject(refusal);
    await expect(store.get(id)).rejects.toThrow(`workflow ${id} cannot be read: it`);
    await expect(store.get(id)).rejects.toThrow(what);

    // It stops nobody: a list is without it,
    const healthy = await submitOne(store, { priority: 1 });
    const page = await store.list({ limit: 2 });
    expect(page).toMatchObject({ items: [{ id: healthy }] });
    expect(page.nextCursor).toBeUndefined();
    expect(reported.splice(0)).toMatchObject([refusal]);

    // a claim passes it over, says so, and looks again a minute later.
    expect((await claimUpTo(store, 2)).map(({ record }) => record.id)).toEqual([healthy]);
    await claimUpTo(store, 2);
    expect(reported).toMatchObject([refusal]);
    await clock.advance(60_000);
    await claimUpTo(store, 2);
    expect(reported).toMatchObject([refusal, refusal]);
  });
});

test.each(['', ' ', 'next', '1 2', '-1', '1e3'])(
  'a cursor that no page gave is refused, not taken for the end: "%s"',
  async (cursor) => {
    const { store } = await temporaryStore();
    await expect(store.list({ limit: 2, cursor })).rejects.toThrow(
      `workflow-store: cursor must be the nextCursor of a list, got "${cursor}"`,
    );
  },
);

test('a page that ends with a damaged row goes on behind it', async () => {
  const { path, store: before } = await temporaryStore();
  const ids = (await before.submit([1, 2, 3].map(() => newWorkflow()))).map(({ id }) => id);
  await before.close();
  const other = new Database(path);
  other.prepare(`update workflows set state = '{' where id = ?`).run(ids[1]);
  other.close();
  const { store } = await temporaryStore({ path, onCorruptRow: () => {} });
  const first = await store.list({ limit: 2 });
  expect(first.items.map(({ id }) => id)).toEqual([ids[2]]);
  const second = await store.list({ limit: 2, cursor: first.nextCursor ?? '' });
  expect(second.items.map(({ id }) => id)).toEqual([ids[0]]);
  expect(second.nextCursor).toBeUndefined();
});

test('states of other parts are kept by kind and name, and the last word counts', async () => {
  const { path, store } = await temporaryStore();
  const a = { kind: 'a', name: 'x', state: 2 };
  await Promise.all([
    store.keepStates([{ ...a, name: 'y', state: [1] }, a, { ...a, kind: 'b', state: 3 }]),
    store.keepStates([{ ...a, name: 'y', state: { n: 4 } }]),
  ]);
  await store.close();
  const { store: reopened } = await temporaryStore({ path });
  expect(await reopened.keptStates('a')).toEqual([a, { ...a, name: 'y', state: { n: 4 } }]);
  expect(await reopened.keptStates('b')).toEqual([{ ...a, kind: 'b', state: 3 }]);
  expect(await reopened.keptStates('c')).toEqual([]);
});

describe('overdue', () => {
  const timed = defineWorkflow({
    name: 'timed',
    timeout: '1s',
    phases: [{ name: 'plan', stage: 'planning', agent: 'planner', timeout: '5s' }],
  });

  test('names what has begun and is past its deadline, until it is told so', async () => {
    const { clock, store } = await temporaryStore();
    const first = await submitOne(store, { definition: timed });
    const [claim] = await claimUpTo(store, 1);
    await clock.advance(500);
    const second = await submitOne(store, { definition: timed });
    await claimUpTo(store, 1);
    await submitOne(store, { definition: timed });
    const overdue = (limit = 10) => store.overdue({ now: clock.now(), limit });
    await clock.advance(499);
    expect(await overdue()).toEqual([]);
    await clock.advance(1);
    expect(await overdue()).toEqual([first]);
    await clock.advance(500);
    expect(await overdue()).toEqual([first, second]);
    expect(await overdue(1)).toEqual([first]);
    await store.apply({ workflowId: first, event: { type: 'timed-out', at: clock.now() } });
    expect(await overdue()).toEqual([second]);
    const failed = {
      type: 'phase-failed',
      at: clock.now(),
      error: { code: 'E', message: 'e', retryable: true },
      retryAt: undefined,
    } as const;
    await store.apply({ workflowId: first, event: failed, token: claim?.token ?? 0 });
    expect((await store.get(first))?.state).toMatchObject({ cause: { kind: 'timed-out' } });
    expect(await overdue()).toEqual([second]);
  });
});
