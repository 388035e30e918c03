import { expect, onTestFinished, test } from 'vitest';
import Database from 'better-sqlite3';
import { openWorkflowStore } from '../src/index.ts';
import { claimUpTo, newWorkflow, temporaryPath, temporaryStore } from './temporary-store.ts';

test('what is submitted and claimed in one commit is written once, as running', async () => {
  const { path, store } = await temporaryStore();
  const writes = countedWrites(path);
  const [, claims] = await Promise.all([store.submit([newWorkflow()]), claimUpTo(store, 1)]);
  expect(writes()).toEqual(['running']);
  expect(await store.get(claims[0]?.record.id ?? '')).toEqual(claims[0]?.record);
});

test('an outcome and the claim of the next phase are one write and two events', async () => {
  const { path, store } = await temporaryStore();
  await store.submit([newWorkflow()]);
  const [first] = await claimUpTo(store, 1);
  const { id } = first?.record ?? { id: '' };
  const writes = countedWrites(path);
  const at = first?.record.updatedAt ?? 0;
  const [applied, [second]] = await Promise.all([
    store.apply({
      workflowId: id,
      token: first?.token ?? 0,
      event: { type: 'phase-succeeded', at, output: { plan: 1 } },
    }),
    claimUpTo(store, 1),
  ]);
  expect(applied?.record.state.status).toBe('queued');
  expect(second?.record.state.phase).toBe('build');
  expect(writes()).toEqual(['running']);
  expect(await store.get(id)).toEqual(second?.record);
  const events = await store.events({ workflowId: id, limit: 10 });
  expect(events.map(({ type }) => type)).toEqual([
    'submitted',
    'claimed',
    'phase-succeeded',
    'claimed',
  ]);
});

test('a call that fails takes nothing from those of its commit, and leaves nothing of itself', async () => {
  const { store } = await temporaryStore();
  const [before, failed, after, claimed] = await Promise.allSettled([
    store.submit([newWorkflow({ idempotencyKey: 'one' })]),
    store.claim({
      holder: 'h2',
      leaseMs: 1_000,
      limit: 2,
      choose: (candidates) => [candidates[0]?.id ?? '', 'nobody'],
    }),
    store.submit([newWorkflow({ idempotencyKey: 'one' }), newWorkflow({ idempotencyKey: 'two' })]),
    claimUpTo(store, 5),
  ]);
  expect(failed.status).toBe('rejected');
  const first = before.status === 'fulfilled' ? before.value[0]?.id : undefined;
  expect(after).toMatchObject({ value: [{ id: first, created: false }, { created: true }] });
  expect(claimed).toMatchObject({ value: [{ token: 1 }, { token: 1 }] });
  expect(await store.counts()).toMatchObject({ queued: 0, running: 2 });
});

test('one key given twice in one call starts one workflow', async () => {
  const { store } = await temporaryStore();
  const workflow = newWorkflow({ idempotencyKey: 'one' });
  const [first, second] = await store.submit([workflow, workflow]);
  expect(second).toEqual({ id: first?.id, created: false });
  expect((await store.list({ limit: 10 })).items).toHaveLength(1);
});

test('a claim in the commit of a great submission takes the best of all', async () => {
  const { store } = await temporaryStore();
  const workflows = Array.from({ length: 700 }, (_, n) => newWorkflow({ priority: n % 10 }));
  const [submitted, claims] = await Promise.all([store.submit(workflows), claimUpTo(store, 3)]);
  expect(claims.map(({ record }) => record.id)).toEqual(
    [9, 19, 29].map((place) => submitted[place]?.id),
  );
  expect(await store.counts()).toMatchObject({ queued: 697, running: 3 });
});

test('a claim sees both what waits on the disk and what its commit brings, less what its commit took', async () => {
  const { store } = await temporaryStore();
  const [low, high] = await store.submit([
    newWorkflow({ priority: 2 }),
    newWorkflow({ priority: 9 }),
  ]);
  const [[middle], taken, rest, none] = await Promise.all([
    store.submit([newWorkflow({ priority: 5 })]),
    claimUpTo(store, 1),
    claimUpTo(store, 9),
    claimUpTo(store, 9),
  ]);
  expect(taken.map(({ record }) => record.id)).toEqual([high?.id]);
  expect(rest.map(({ record }) => record.id)).toEqual([middle?.id, low?.id]);
  expect(none).toEqual([]);
});

test('a lease that began in the same commit is renewed', async () => {
  const { clock, store } = await temporaryStore();
  await store.submit([newWorkflow()]);
  const claiming = claimUpTo(store, 1);
  const [{ items }, [claim]] = await Promise.all([store.list({ limit: 1 }), claiming]);
  const { id } = items[0] ?? { id: '' };
  await store.apply({
    workflowId: id,
    token: claim?.token ?? 0,
    event: { type: 'phase-succeeded', at: clock.now(), output: null },
  });
  const [, lost] = await Promise.all([
    claimUpTo(store, 1),
    store.renew('h1', new Map([[id, 2]]), 60_000),
  ]);
  expect(lost).toEqual([]);
  expect((await store.get(id))?.lease?.expiresAt).toBe(clock.now() + 60_000);
});

test('rows go on counting where they stood when the store was opened again', async () => {
  const path = temporaryPath();
  const first = await openWorkflowStore({ path });
  await first.submit([newWorkflow(), newWorkflow()]);
  await first.close();
  const again = await openWorkflowStore({ path });
  onTestFinished(() => again.close());
  await again.submit([newWorkflow()]);
  expect((await again.list({ limit: 10 })).items).toHaveLength(3);
});

/** Statuses that workflows' rows were given from here on, one for each write of a row. */
function countedWrites(path: string): () => unknown[] {
  const sqlite = new Database(path);
  onTestFinished(() => {
    sqlite.close();
  });
  sqlite.exec(`
    create table written (status text);
    create trigger inserted after insert on workflows
      begin insert into written values (new.status); end;
    create trigger updated after update on workflows
      begin insert into written values (new.status); end;
  `);
  return () => sqlite.prepare('select status from written').pluck().all();
}
