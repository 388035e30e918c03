import { setImmediate } from 'node:timers/promises';
import { defineWorkflow } from '@chimera/workflow';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { WorkflowFilter, WorkflowRecord, WorkflowStore } from '../src/index.ts';
import { claimUpTo, newWorkflow, startsAt, temporaryStore } from './temporary-store.ts';

const single = defineWorkflow({
  name: 'single',
  phases: [{ name: 'check', stage: 'validation', agent: 'checker', timeout: '1m' }],
});

/** More than are looked at in one turn, of each kind that is read in another way. */
async function manyWorkflows(): Promise<{ store: WorkflowStore; all: readonly WorkflowRecord[] }> {
  const { clock, store } = await temporaryStore();
  const submit = (count: number, overrides: Parameters<typeof newWorkflow>[0]) =>
    store.submit(Array.from({ length: count }, () => newWorkflow(overrides)));
  await submit(2_100, { definition: single, priority: 9 });
  await submit(3, { priority: 8 });
  await clock.advance(1_000_000);
  const ended = await claimUpTo(store, 2_100);
  for (const { record, token } of ended.slice(0, 2_050))
    void store.apply({
      workflowId: record.id,
      token,
      event: { type: 'phase-succeeded', at: clock.now(), output: null },
    });
  await submit(40, { definition: single });
  await submit(2_100, { runAt: clock.now() + 60_000 });
  const { items } = await store.list({ limit: 10_000 });
  return { store, all: items };
}

test('a list has what its filter asks for, however much that leaves out', async () => {
  const { all, store } = await manyWorkflows();
  expect(all).toHaveLength(4_243);
  const anyId = fc.integer({ min: 0, max: all.length - 1 }).map((index) => all[index]?.id ?? '');
  const anyFilter = fc.record(
    {
      status: fc.constantFrom('queued' as const, 'running' as const, 'completed' as const),
      definition: fc.constantFrom('single', 'three-phases', 'none'),
      idPrefix: fc.tuple(anyId, fc.constantFrom(1, 8, 18, 36)).map(([id, end]) => id.slice(0, end)),
      updatedAfter: fc.constantFrom(startsAt - 1, startsAt, startsAt + 1_000_000),
      cursor: fc.integer({ min: 0, max: all.length + 2 }).map(String),
      limit: fc.oneof(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 5_000 })),
    },
    { requiredKeys: ['limit'] },
  );
  await fc.assert(
    fc.asyncProperty(anyFilter, async (filter) => {
      const { items, nextCursor } = await store.list(filter);
      const matching = all.filter((each, index) => matches(filter, each, all.length - index));
      expect(items.map(({ id }) => id)).toEqual(
        matching.slice(0, filter.limit).map(({ id }) => id),
      );
      expect(nextCursor !== undefined).toBe(matching.length > filter.limit);
    }),
    { numRuns: 200 },
  );
});

/** @param key of its row: they were submitted one after the other */
function matches(filter: WorkflowFilter, record: WorkflowRecord, key: number): boolean {
  const { cursor, definition, idPrefix = '', status, updatedAfter = -Infinity } = filter;
  return (
    key < Number(cursor ?? Infinity) &&
    record.definition === (definition ?? record.definition) &&
    record.state.status === (status ?? record.state.status) &&
    record.id.startsWith(idPrefix) &&
    record.updatedAt > updatedAfter
  );
}

test.each([
  { updatedAfter: startsAt + 2_000_000 },
  { status: 'queued', updatedAfter: startsAt + 2_000_000 },
  { status: 'completed', definition: 'three-phases' },
] as const)('others have their turn while all is looked at: %o', async (filter) => {
  const { store } = await manyWorkflows();
  const seen = { turns: 0, isOver: false };
  const listing = store.list({ limit: 1, ...filter }).finally(() => (seen.isOver = true));
  while (!seen.isOver) {
    await setImmediate();
    seen.turns += 1;
  }
  expect((await listing).items).toEqual([]);
  expect(seen.turns).toBeGreaterThan(1);
});

test('what is queued is listed wherever it waits: for its turn, its time, or room under a limit', async () => {
  const { clock, store } = await temporaryStore({
    limits: [{ label: 'repository', concurrency: 1 }],
  });
  const labels = { repository: 'a' };
  const [, held] = await store.submit([newWorkflow({ labels }), newWorkflow({ labels })]);
  await claimUpTo(store, 10);
  const [later] = await store.submit([newWorkflow({ runAt: clock.now() + 1_000 })]);
  const [next] = await store.submit([newWorkflow()]);
  const { items } = await store.list({ status: 'queued', limit: 10 });
  expect(items.map(({ id }) => id)).toEqual([next?.id, later?.id, held?.id]);
});
