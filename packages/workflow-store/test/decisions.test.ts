import { expect, test } from 'vitest';
import { keptDecisions, pruneEvery } from '../src/decisions.ts';
import { startsAt, temporaryStore } from './temporary-store.ts';

const decision = (kind: string, isChange: boolean, n: number) => ({
  at: startsAt + n,
  kind,
  isChange,
  data: { n },
});

test('decisions are there after the store was opened again, newest first', async () => {
  const { path, store } = await temporaryStore();
  await store.addDecision(decision('autoscaler', true, 1));
  await store.addDecision(decision('breaker', true, 2));
  await store.addDecision(decision('autoscaler', false, 3));
  await store.close();
  const { store: reopened } = await temporaryStore({ path });
  const numbers = async (query: { kind?: string; isChange?: boolean; limit?: number }) =>
    (await reopened.decisions({ limit: 10, ...query })).map(({ data }) => data['n']);
  expect(await numbers({})).toEqual([3, 2, 1]);
  expect(await numbers({ limit: 2 })).toEqual([3, 2]);
  expect(await numbers({ kind: 'autoscaler' })).toEqual([3, 1]);
  expect(await numbers({ kind: 'autoscaler', isChange: true })).toEqual([1]);
  expect(await reopened.decisions({ limit: 1 })).toEqual([
    { seq: 3, ...decision('autoscaler', false, 3) },
  ]);
});

test('what changed nothing pushes out no change, and both are bounded', async () => {
  const { store } = await temporaryStore();
  await store.addDecision(decision('autoscaler', true, 0));
  const many = keptDecisions + 3 * pruneEvery;
  const adding = (isChange: boolean) =>
    Promise.all(
      Array.from({ length: many }, (_, n) => store.addDecision(decision('any', isChange, n))),
    );
  const all = async () => store.decisions({ limit: 3 * keptDecisions });
  await adding(false);
  expect((await all()).at(-1)).toMatchObject({ kind: 'autoscaler', seq: 1 });
  await adding(true);
  const kept = await all();
  for (const isChange of [false, true]) {
    const ofOne = kept.filter((each) => each.isChange === isChange);
    expect(ofOne.length).toBeGreaterThanOrEqual(keptDecisions);
    expect(ofOne.length).toBeLessThan(keptDecisions + pruneEvery);
  }
  expect(kept.at(0)).toMatchObject(decision('any', true, many - 1));
});
