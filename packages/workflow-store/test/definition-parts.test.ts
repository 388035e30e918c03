import { setImmediate } from 'node:timers/promises';
import { defineWorkflow } from '@chimera/workflow';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import type { NewWorkflow, WorkflowStore } from '../src/index.ts';
import { forgetOld } from './forget-old.ts';
import { newWorkflow, startsAt, submitOne, temporaryStore } from './temporary-store.ts';

const rare = defineWorkflow({
  name: 'rare',
  phases: [{ name: 'check', stage: 'validation', agent: 'checker', timeout: '1m' }],
});

function many(count: number): NewWorkflow[] {
  return Array.from({ length: count }, () => newWorkflow());
}

/** One that is rare among many, all of them to be cancelled, and another behind a part of 2,048. */
async function rareAmongMany(): Promise<{ path: string; store: WorkflowStore; ids: string[] }> {
  const { path, store } = await temporaryStore();
  const first = await store.submit([newWorkflow({ definition: rare }), ...many(2_046)]);
  await store.submit([...many(2_048), newWorkflow({ definition: rare }), ...many(4_095)]);
  return { path, store, ids: first.map(({ id }) => id) };
}

/** Where each definition is kept to be, and where it is. */
function partsIn(path: string): readonly unknown[] {
  const sqlite = new Database(path, { readonly: true });
  const parts = [
    'select * from definition_parts order by 1, 2',
    'select distinct definition_name, key / 2048 as part from workflows order by 1, 2',
  ].map((query) => sqlite.prepare(query).all());
  sqlite.close();
  return parts;
}

test('a definition is kept where it has workflows, and nowhere else', async () => {
  const { ids, path, store } = await rareAmongMany();
  const [kept, found] = partsIn(path);
  expect(found).toHaveLength(6);
  expect(kept).toEqual(found);
  const cancelled = { type: 'cancel-requested', at: startsAt, reason: 'no' } as const;
  await Promise.all(ids.map((workflowId) => store.apply({ workflowId, event: cancelled })));
  while ((await forgetOld(store, 'cancelled', 0, 500)) > 0) {
    const [left, there] = partsIn(path);
    expect(left).toEqual(there);
  }
  expect(partsIn(path)[1]).toHaveLength(4);
  await submitOne(store, { definition: rare });
  const [after, now] = partsIn(path);
  expect(after).toEqual(now);
});

test('a rare definition is found without a look at all others', async () => {
  const { ids, store } = await rareAmongMany();
  const seen = { turns: 0, isOver: false };
  const listing = store.list({ definition: 'rare', limit: 10 }).finally(() => (seen.isOver = true));
  while (!seen.isOver) {
    await setImmediate();
    seen.turns += 1;
  }
  const { items } = await listing;
  expect(items.map(({ definition }) => definition)).toEqual(['rare', 'rare']);
  expect(items.at(-1)?.id).toBe(ids[0]);
  // A turn for each part that has one, and some in which the store begins and ends.
  expect(seen.turns).toBeLessThan(5);
});
