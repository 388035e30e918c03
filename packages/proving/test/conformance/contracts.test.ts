import { describe, expect, test } from 'vitest';
import { autoscalerLaws, schedulerLaws, scorecard } from '../../src/conformance.ts';
import { specimenAutoscaler, specimenScheduler } from './specimens.ts';

test('a right implementation of each contract keeps all of its laws', async () => {
  const cards = [
    await scorecard(autoscalerLaws, () => specimenAutoscaler()),
    await scorecard(schedulerLaws, () => specimenScheduler()),
  ];
  expect(cards.flatMap(({ broken }) => broken)).toEqual([]);
});

/** Every law has somebody who breaks it. */
function breakers<Subject>(
  laws: readonly { readonly id: string; check: (subject: Subject) => Promise<void> }[],
  mistakes: Readonly<Record<string, () => Subject>>,
): void {
  test.each(laws)('$id', async ({ check, id }) => {
    const create = mistakes[id];
    if (create === undefined) throw new Error(`nothing breaks ${id}`);
    await expect(check(create())).rejects.toThrow(/./);
  });
}

describe('an autoscaler with a mistake breaks', () => {
  breakers(autoscalerLaws, {
    'autoscaler-1': () => specimenAutoscaler({ bound: (size) => Math.max(2, size) }),
    'autoscaler-2': () => specimenAutoscaler({ cooldownMs: 4_000 }),
    'autoscaler-3': () => specimenAutoscaler({ low: 0.9 }),
    'autoscaler-6': () => specimenAutoscaler({ wantsMore: (share) => share >= 0.7 }),
    'autoscaler-9': () => specimenAutoscaler({ isKnown: () => true }),
    'autoscaler-10': () => specimenAutoscaler({ cooldownMs: 20_000 }),
  });
});

describe('a scheduler with a mistake breaks', () => {
  breakers(schedulerLaws, {
    'scheduler-1': () => specimenScheduler({ isLazy: true }),
    'scheduler-3': () => specimenScheduler({ ties: (one, other) => other.order - one.order }),
    'scheduler-4': () => specimenScheduler({ ageing: 0 }),
    'scheduler-6': () => specimenScheduler({ ageing: -0.1 }),
    'scheduler-7': () => specimenScheduler({ cancel: (all) => all.slice(1) }),
    'scheduler-8': () =>
      specimenScheduler({ again: (one, priority) => ({ ...one, priority, at: 3, order: 99 }) }),
  });
});
