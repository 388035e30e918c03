import { statSync } from 'node:fs';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { sparePages } from '../src/free-space.ts';
import { forgetOld } from './forget-old.ts';
import { claimOne, newWorkflow, startsAt, submitOne, temporaryStore } from './temporary-store.ts';

const cancelled = { type: 'cancel-requested', at: startsAt, reason: 'no' } as const;

test('deletes what ended long enough ago, with all that belongs to it, in batches', async () => {
  const { clock, store } = await temporaryStore();
  for (let index = 0; index < 3; index += 1) {
    const id = await submitOne(store, { idempotencyKey: `k${index}` });
    await store.apply({ workflowId: id, event: cancelled });
  }
  await clock.advance(1_000);
  const young = await submitOne(store);
  await store.apply({ workflowId: young, event: { ...cancelled, at: clock.now() } });
  const live = await submitOne(store);
  const sweep = () => forgetOld(store, 'cancelled', 1_000, 2);
  expect([await sweep(), await sweep(), await sweep()]).toEqual([2, 1, 0]);
  const kept = await store.events({ limit: 100 });
  expect(new Set(kept.map(({ workflowId }) => workflowId))).toEqual(new Set([young, live]));
  const [again] = await store.submit([newWorkflow({ idempotencyKey: 'k0' })]);
  expect(again?.created).toBe(true);
});

test('shows what ended in the order of its end, with its input, page by page', async () => {
  const { clock, store } = await temporaryStore();
  const ids: string[] = [];
  for (let n = 0; n < 5; n += 1) ids.push(await submitOne(store, { input: { n } }));
  for (const id of ids.toReversed()) {
    await clock.advance(1);
    await store.apply({ workflowId: id, event: { ...cancelled, at: clock.now() } });
  }
  const query = { status: 'cancelled', olderThanMs: 0, limit: 2 } as const;
  const seen: unknown[] = [];
  for (let cursor: string | undefined; ;) {
    const page = await store.ended({ ...query, ...(cursor === undefined ? {} : { cursor }) });
    seen.push(...page.items);
    cursor = page.nextCursor;
    if (cursor === undefined) break;
  }
  expect(seen).toEqual([4, 3, 2, 1, 0].map((n) => ({ id: ids[n], input: { n } })));
  expect(await store.ended({ ...query, status: 'completed' })).toEqual({ items: [] });
  expect(await store.ended({ ...query, olderThanMs: 6 })).toEqual({ items: [] });
});

test.each(['', 'next', '1', '1 ', ' 1', '1 x', '1 2 3', 'NaN 1'])(
  'a cursor that no page gave is refused, not taken for the end: "%s"',
  async (cursor) => {
    const { store } = await temporaryStore();
    const refusal = `workflow-store: cursor must be the nextCursor of a list, got "`;
    const query = { status: 'cancelled', olderThanMs: 0, limit: 2 } as const;
    await expect(store.ended({ ...query, cursor })).rejects.toThrow(refusal);
  },
);

test('one whose input is damaged keeps no other from being forgotten', async () => {
  const { clock, path, store } = await temporaryStore({ onCorruptRow: () => {} });
  const ids = [await submitOne(store), await submitOne(store), await submitOne(store)];
  for (const id of ids) await store.apply({ workflowId: id, event: cancelled });
  const other = new Database(path);
  other.exec(`update workflow_inputs set body = '{' where workflow_key = 1`);
  other.close();
  await clock.advance(1_000);
  const query = { status: 'cancelled', olderThanMs: 0, limit: 2 } as const;
  const first = await store.ended(query);
  expect(first.items.map(({ id }) => id)).toEqual([ids[1]]);
  const second = await store.ended({ ...query, cursor: first.nextCursor ?? '' });
  expect(second.items.map(({ id }) => id)).toEqual([ids[2]]);
});

test('forgets nothing that has not ended, or not long enough ago, whoever names it', async () => {
  const { clock, store } = await temporaryStore();
  const queued = await submitOne(store);
  const running = (await claimOne(store)).record.id;
  const ended = await submitOne(store);
  await store.apply({ workflowId: ended, event: cancelled });
  await clock.advance(9);
  const ids = [queued, running, ended, 'nobody'];
  expect(await store.forget({ ids, olderThanMs: 10 })).toBe(0);
  expect(await store.forget({ ids, olderThanMs: 9 })).toBe(1);
  expect(await store.get(ended)).toBeUndefined();
  expect(await store.get(queued)).toBeDefined();
});

test('one that is named twice is forgotten once', async () => {
  const { store } = await temporaryStore();
  const id = await submitOne(store);
  await store.apply({ workflowId: id, event: cancelled });
  expect(await store.forget({ ids: [id, id], olderThanMs: 0 })).toBe(1);
  expect((await store.counts()).cancelled).toBe(0);
});

test('gives space back, keeps some in hand, and the file is whole', async () => {
  const { clock, path, store } = await temporaryStore();
  const big = { text: 'x'.repeat(100_000) };
  const submitted = await store.submit(
    Array.from({ length: 100 }, () => newWorkflow({ input: big })),
  );
  const ids = submitted.map(({ id }) => id);
  await Promise.all(ids.map((id) => store.apply({ workflowId: id, event: cancelled })));
  await clock.advance(10);
  expect(await store.freePages(500)).toBe(0);
  expect(await store.forget({ ids, olderThanMs: 1 })).toBe(100);
  const freed = [];
  do freed.push(await store.freePages(500));
  while (freed.at(-1) === 500);
  expect(freed.reduce((sum, n) => sum + n)).toBeGreaterThan(1_000);
  await store.close();
  expect(statSync(path).size).toBeLessThan((sparePages + 100) * 4_096);
  const file = new Database(path);
  expect(file.pragma('integrity_check', { simple: true })).toBe('ok');
  file.close();
});

test('nothing to forget is nothing; a number of pages that is none is refused', async () => {
  const { store } = await temporaryStore();
  expect(await store.forget({ ids: [], olderThanMs: 0 })).toBe(0);
  await expect(store.freePages(0)).rejects.toThrow('limit must be an integer from 1 to 100000');
});
