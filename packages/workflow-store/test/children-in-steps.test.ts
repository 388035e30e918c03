import { copyFileSync, existsSync } from 'node:fs';
import { defineWorkflow, forkOf } from '@chimera/workflow';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import type { Claim, NewWorkflow, WorkflowRecord, WorkflowStore } from '../src/index.ts';
import {
  claimOne,
  claimUpTo,
  newWorkflow,
  startsAt as at,
  submitOne,
  temporaryPath,
  temporaryStore,
} from './temporary-store.ts';

const phase = { stage: 'implementation', timeout: '1h' } as const;
const leaf = defineWorkflow({ name: 'leaf', phases: [{ ...phase, name: 'work', agent: 'a' }] });
const fanOver = (name: string, workflow: string) =>
  defineWorkflow({
    name,
    phases: [
      {
        ...phase,
        name: 'fan',
        children: { forEach: '/input/list', start: [{ workflow }], join: 'any' },
      },
    ],
  });
const middle = fanOver('middle', 'leaf');
const outer = fanOver('outer', 'middle');

const many = (count: number, definition = leaf): readonly NewWorkflow[] =>
  Array.from({ length: count }, () => newWorkflow({ definition }));

async function start(store: WorkflowStore, { record, token }: Claim, children = many(1)) {
  const event = { type: 'children-started', at, count: children.length } as const;
  return store.apply({ workflowId: record.id, token, event, children });
}

async function wideFamily(count: number) {
  /** After each commit, what a process that is killed then would leave. */
  const left: string[] = [];
  let watched = false;
  const path = temporaryPath();
  const onCommit = () => {
    if (!watched) return;
    const copy = temporaryPath();
    for (const suffix of ['', '-wal'])
      if (existsSync(path + suffix)) copyFileSync(path + suffix, copy + suffix);
    left.push(copy);
  };
  const { store } = await temporaryStore({ path, onCommit });
  const id = await submitOne(store, { definition: middle });
  await start(store, await claimOne(store), many(count));
  return { id, store, left, watch: () => (watched = true) };
}

const cancel = (store: WorkflowStore, workflowId: string) =>
  store.apply({ workflowId, event: { type: 'cancel-requested', at, reason: 'enough' } });

const countOf = (records: readonly WorkflowRecord[], status: string) =>
  records.filter(({ state }) => state.status === status).length;

test('many children are stopped in several transactions, each once, and all are told of', async () => {
  const { id, left, store, watch } = await wideFamily(150);
  const running = await claimUpTo(store, 5);
  watch();
  const applied = await cancel(store, id);
  expect(left).toHaveLength(3);
  expect(applied?.others).toHaveLength(150);
  expect(new Set(applied?.others.map((each) => each.id)).size).toBe(150);
  const children = await store.children(id, '0:fan:1');
  expect(countOf(children, 'cancelled')).toBe(145);
  for (const { record } of running)
    expect((await store.get(record.id))?.state).toMatchObject({ cancelRequested: true });
  expect(await store.stopChildren()).toEqual([]);
});

test('killed after any of the steps, the next start stops the rest, and nobody begins meanwhile', async () => {
  const { id, left, store, watch } = await wideFamily(150);
  await claimUpTo(store, 5);
  const free = await submitOne(store, { definition: leaf, priority: 0 });
  watch();
  await cancel(store, id);
  expect(left).toHaveLength(3);
  for (const [step, path] of left.entries()) {
    const again = await temporaryStore({ path });
    const before = await again.store.children(id, '0:fan:1');
    expect(countOf(before, 'queued')).toBe([86, 22, 0][step]);
    expect((await claimUpTo(again.store, 100)).map(({ record }) => record.id)).toEqual([free]);
    const stopped = await again.store.stopChildren();
    expect(stopped).toHaveLength([86, 22, 0][step] ?? -1);
    await again.store.recover({ deadHolders: () => true, now: at });
    expect(countOf(await again.store.children(id, '0:fan:1'), 'cancelled')).toBe(150);
    expect(await again.store.stopChildren()).toEqual([]);
    expect((await again.store.counts()).queued).toBe(1);
  }
});

test('children of children are stopped in steps, too, however they nest', async () => {
  const { store } = await temporaryStore();
  const id = await submitOne(store, { definition: outer });
  await start(store, await claimOne(store), many(3, middle));
  for (const claim of await claimUpTo(store, 3)) await start(store, claim, many(40));
  const applied = await cancel(store, id);
  expect(applied?.others).toHaveLength(123);
  expect(await store.counts()).toMatchObject({ queued: 0, waiting: 0, cancelled: 124 });
});

test('children that come back from the dead letter queue between two steps are spared, all of them', async () => {
  const { id, left, store, watch } = await wideFamily(150);
  const children = await store.children(id, '0:fan:1');
  const claims = await claimUpTo(store, 150);
  for (const index of [10, 100, 120, 140]) {
    const claim = claims.find(({ record }) => record.id === children[index]?.id);
    const error = { code: 'E', message: 'e', retryable: false };
    const event = { type: 'phase-failed', at, error, retryAt: undefined } as const;
    if (claim === undefined) throw new Error('not claimed');
    await store.apply({ workflowId: claim.record.id, token: claim.token, event });
  }
  watch();
  await cancel(store, id);
  const again = await temporaryStore({ path: left[0] ?? '' });
  for (const index of [10, 100, 120])
    await again.store.apply({
      workflowId: children[index]?.id ?? '',
      event: { type: 'requeued', at, phase: 'work' },
    });
  const stopped = await again.store.stopChildren();
  const indexes = stopped.map(({ parent }) => parent?.index);
  expect(indexes.filter((index) => index === 100 || index === 120)).toEqual([]);
  const claimed = await claimUpTo(again.store, 10);
  expect(claimed.map(({ record }) => record.parent?.index)).toEqual([10, 100, 120]);
  expect(await again.store.get(children[140]?.id ?? '')).toMatchObject({
    state: { status: 'dead' },
  });
});

test.each(['[1', '{}', '[-1]'])(
  'where it is damaged which children are spared (%s), none is stopped any more, which is told, and all can be claimed',
  async (spared) => {
    const { id, left, watch, store } = await wideFamily(150);
    watch();
    await cancel(store, id);
    const path = left[0] ?? '';
    const sqlite = new Database(path);
    expect(sqlite.prepare('update stopping_forks set spared = ?').run(spared).changes).toBe(1);
    sqlite.close();
    const damaged: unknown[] = [];
    const again = await temporaryStore({ path, onCorruptRow: (error) => damaged.push(error) });
    expect(await claimUpTo(again.store, 5)).toHaveLength(5);
    expect(await again.store.stopChildren()).toEqual([]);
    expect(damaged).toMatchObject([
      {
        code: 'ROW_CORRUPT',
        message: expect.stringContaining(`${id} is damaged (spared: ${spared})`),
      },
    ]);
    expect(await claimUpTo(again.store, 100)).toHaveLength(81);
    expect(await again.store.stopChildren()).toEqual([]);
    expect(damaged).toHaveLength(1);
  },
);

test('children are added in steps under the token; nothing is decided before the last, and each is started once', async () => {
  const { store } = await temporaryStore();
  const id = await submitOne(store, { definition: middle });
  const parent = await claimOne(store);
  const { token } = parent;
  const add = (count: number, total = 5) =>
    store.apply({
      workflowId: id,
      token,
      event: { type: 'children-added', at, count, total },
      children: many(count),
    });
  expect((await add(2))?.record).toMatchObject({
    lease: { token },
    state: { status: 'running', attempts: 1, children: { count: 5, started: 2 } },
  });
  const [first] = await claimUpTo(store, 1);
  await store.apply({
    workflowId: first?.record.id ?? '',
    token: first?.token ?? 0,
    event: { type: 'phase-succeeded', at, output: 'early' },
  });
  // Any of them would do, but the others are not there yet.
  expect((await store.get(id))?.state.children).toMatchObject({ completed: [0], decided: false });
  expect((await add(1, 6))?.commands).toMatchObject([{ type: 'ignore' }]);
  expect((await add(3))?.commands).toMatchObject([{ type: 'ignore' }]);
  await add(1);
  await store.recover({ deadHolders: () => true, now: at });
  expect(await add(1)).toBeUndefined();
  const [again] = (await claimUpTo(store, 9)).filter(({ record }) => record.id === id);
  if (again === undefined) throw new Error('the parent was not claimed');
  expect(again.record.state.children).toMatchObject({ count: 5, started: 3 });
  await expect(
    store.apply({
      workflowId: id,
      token: again.token,
      event: { type: 'children-started', at, count: 5 },
      children: many(5),
    }),
  ).rejects.toThrow('workflow-store: children must be as many as the event starts, got 5');
  const applied = await store.apply({
    workflowId: id,
    token: again.token,
    event: { type: 'children-started', at, count: 5 },
    children: many(2),
  });
  expect(applied?.record.state).toMatchObject({ status: 'queued', reason: 'children-ended' });
  const children = await store.children(id, forkOf(again.record.state));
  expect(children.map((each) => each.parent?.index)).toEqual([0, 1, 2, 3, 4]);
  // It has what it needs: the others are stopped.
  expect(children.map(({ state }) => state.status)).toEqual([
    'completed',
    'running',
    'running',
    'cancelled',
    'cancelled',
  ]);
});

test('a parent that is cancelled between two steps starts no more of them, and stops those that it has', async () => {
  const { store } = await temporaryStore();
  const id = await submitOne(store, { definition: middle });
  const { token } = await claimOne(store);
  const event = { type: 'children-added', at, count: 2, total: 5 } as const;
  await store.apply({ workflowId: id, token, event, children: many(2) });
  await cancel(store, id);
  const applied = await store.apply({ workflowId: id, token, event, children: many(2) });
  expect(applied?.record.state.status).toBe('cancelled');
  const children = await store.children(id, '0:fan:1');
  expect(children.map(({ state }) => state.status)).toEqual(['cancelled', 'cancelled']);
  expect(applied?.others).toEqual(children);
});

test('of many, the rest is stopped although the first of them were all being stopped before', async () => {
  const { id, store } = await wideFamily(100);
  const running = await claimUpTo(store, 64);
  for (const { record } of running) await cancel(store, record.id);
  const applied = await cancel(store, id);
  expect(countOf(applied?.others ?? [], 'cancelled')).toBe(36);
  expect(countOf(await store.children(id, '0:fan:1'), 'cancelled')).toBe(36);
});
