import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { rank, score, type Task } from '../src/index.ts';
import { arbitraryInstant, arbitraryTasks, arbitraryUtilisation } from './arbitrary-task.ts';

const ids = (tasks: readonly Task[]) => tasks.map(({ id }) => id);

it('puts each task before all that score less, older before younger at equal scores', () => {
  fc.assert(
    fc.property(
      arbitraryTasks,
      arbitraryInstant,
      arbitraryUtilisation,
      (tasks, now, utilisation) => {
        const context = { now, utilisation };
        const ranked = rank(tasks, context);
        expect([...ranked].sort((a, b) => (a.id < b.id ? -1 : 1))).toEqual(
          [...tasks].sort((a, b) => (a.id < b.id ? -1 : 1)),
        );
        for (const [index, later] of ranked.slice(1).entries()) {
          const earlier = ranked[index] as Task;
          const lead = score(earlier, context).total - score(later, context).total;
          const isFirst = lead > 0 || (lead === 0 && earlier.enqueuedAt <= later.enqueuedAt);
          expect(isFirst).toBe(true);
        }
      },
    ),
  );
});

it('gives the same order whatever the order of the candidates, but for twins', () => {
  const permuted = arbitraryTasks
    .map((tasks) => [...new Map(tasks.map((task) => [task.enqueuedAt, task])).values()])
    .chain((tasks) =>
      fc.tuple(fc.constant(tasks), fc.shuffledSubarray(tasks, { minLength: tasks.length })),
    );
  fc.assert(
    fc.property(
      permuted,
      arbitraryInstant,
      arbitraryUtilisation,
      ([tasks, shuffled], now, utilisation) => {
        expect(ids(rank(shuffled, { now, utilisation }))).toEqual(
          ids(rank(tasks, { now, utilisation })),
        );
      },
    ),
  );
});

it('leaves twins in the order they were given, and its argument as it was', () => {
  const twin = { priority: 3, enqueuedAt: 5 };
  const tasks = Object.freeze(['b', 'a', 'c'].map((id) => ({ id, ...twin })));
  expect(ids(rank(tasks, { now: 9, utilisation: 1 }))).toEqual(['b', 'a', 'c']);
});

it('heeds its options', () => {
  const tasks = [
    { id: 'old', priority: 1, enqueuedAt: 0 },
    { id: 'urgent', priority: 2, enqueuedAt: 60_000 },
  ];
  const context = { now: 60_000, utilisation: 0 };
  expect(ids(rank(tasks, context))).toEqual(['urgent', 'old']);
  expect(ids(rank(tasks, context, { ageEvery: '1s', promoteEvery: '1s' }))).toEqual([
    'old',
    'urgent',
  ]);
});
