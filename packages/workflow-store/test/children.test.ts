import { defineWorkflow } from '@chimera/workflow';
import { expect, test } from 'vitest';
import {
  claimOne,
  newWorkflow,
  startsAt as at,
  submitOne,
  temporaryStore,
} from './temporary-store.ts';

const parent = defineWorkflow({
  name: 'parent',
  phases: [
    {
      name: 'fan',
      stage: 'implementation',
      timeout: '1h',
      children: { forEach: '/input/list', start: [{ workflow: 'leaf' }] },
    },
  ],
});
const leaf = defineWorkflow({
  name: 'leaf',
  phases: [{ name: 'work', stage: 'implementation', agent: 'a', timeout: '1m' }],
});
const child = newWorkflow({ definition: leaf });

async function familyOf(count: number) {
  const { clock, path, store } = await temporaryStore();
  const id = await submitOne(store, { definition: parent });
  const { token } = await claimOne(store);
  const started = await store.apply({
    workflowId: id,
    token,
    event: { type: 'children-started', at, count },
    children: Array.from({ length: count }, () => child),
  });
  return { clock, id, path, started, store, token };
}

test('children are submitted with their parent’s event, and know whose they are', async () => {
  const { id, started, store } = await familyOf(2);
  expect(started?.record.state).toMatchObject({ reason: { kind: 'children', pending: 2 } });
  const children = await store.children(id, '0:fan:1');
  expect(started?.others).toEqual(children);
  expect(children.map((each) => each.parent)).toEqual([
    { id, fork: '0:fan:1', index: 0 },
    { id, fork: '0:fan:1', index: 1 },
  ]);
  expect((await store.list({ parent: id, limit: 1 })).items).toEqual([children[1]]);
});

test('a stale token starts no children', async () => {
  const { id, store, token } = await familyOf(1);
  const again = await store.apply({
    workflowId: id,
    token,
    event: { type: 'children-started', at, count: 1 },
    children: [child],
  });
  expect(again).toBeUndefined();
  expect((await store.list({ limit: 10 })).items).toHaveLength(2);
});

test('as many children are submitted as the event says, or nothing happens', async () => {
  const { store } = await temporaryStore();
  const id = await submitOne(store, { definition: parent });
  const { token } = await claimOne(store);
  const event = { type: 'children-started', at, count: 2 } as const;
  await expect(store.apply({ workflowId: id, token, event, children: [child] })).rejects.toThrow(
    'workflow-store: children must be as many as the event starts, got 1',
  );
});

test('a cancelled parent cancels its children: those that wait at once, those that run by their holder', async () => {
  const { id, store } = await familyOf(2);
  await claimOne(store);
  const applied = await store.apply({
    workflowId: id,
    event: { type: 'cancel-requested', at, reason: 'enough' },
  });
  expect(applied?.others.map(({ state }) => state.status)).toEqual(['running', 'cancelled']);
  expect(applied?.others[0]?.state).toMatchObject({
    cancelRequested: true,
    cancelReason: 'its parent does not wait for it any more',
  });
});

test('what a child left is kept while its parent waits, however long ago it ended', async () => {
  const { clock, id, store } = await familyOf(2);
  const { record, token } = await claimOne(store);
  await store.apply({
    workflowId: record.id,
    token,
    event: { type: 'phase-succeeded', at: clock.now(), output: 'done' },
  });
  await clock.advance(60_000);
  const forget = { ids: [record.id], olderThanMs: 1_000 };
  const ended = { status: 'completed', olderThanMs: 1_000, limit: 10 } as const;
  expect((await store.ended(ended)).items).toEqual([]);
  expect(await store.forget(forget)).toBe(0);
  await store.apply({
    workflowId: id,
    event: { type: 'cancel-requested', at: clock.now(), reason: 'enough' },
  });
  expect((await store.ended(ended)).items.map((each) => each.id)).toEqual([record.id]);
  expect(await store.forget(forget)).toBe(1);
});

test('children that were refused leave their definition to be kept with the first that are not', async () => {
  const { store } = await temporaryStore();
  const id = await submitOne(store, { definition: parent });
  const { token } = await claimOne(store);
  const event = { type: 'children-started', at, count: 1 } as const;
  const refused = { workflowId: id, token: token + 1, event, children: [child] };
  expect(await store.apply(refused)).toBeUndefined();
  const started = await store.apply({ ...refused, token });
  expect(started?.others).toHaveLength(1);
});
