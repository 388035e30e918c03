import { seededRandom } from '@chimera/policy';
import type { ConformanceLaw } from './scorecard.ts';

/** A queue of priorities that is empty, and what it promises. Instants in ms on one clock. */
export interface SchedulerUnderTest {
  /** Longest that a task of the lowest priority is passed over by newer ones of the highest; Infinity: for ever. */
  readonly agesWithinMs: number;
  readonly lowest: number;
  readonly highest: number;
  readonly add: (task: {
    readonly id: string;
    readonly priority: number;
    readonly at: number;
  }) => void;
  readonly cancel: (id: string) => void;
  readonly reprioritise: (id: string, priority: number) => void;
  /** Takes the next. */
  readonly take: (at: number) => string | undefined;
}

type SchedulerLaw = ConformanceLaw<SchedulerUnderTest> & { readonly id: string };

function takeAll({ take }: SchedulerUnderTest, at: number): readonly string[] {
  const taken: string[] = [];
  for (let id = take(at); id !== undefined; id = take(at)) taken.push(id);
  return taken;
}

function expectOrder(taken: readonly string[], expected: readonly string[]): void {
  if (taken.join() !== expected.join())
    throw new Error(`it serves ${taken.join(', ')}, and not ${expected.join(', ')}`);
}

export const schedulerLaws: readonly SchedulerLaw[] = [
  {
    id: 'scheduler-1',
    name: 'whoever asks while something waits is given it, and each once',
    check: async (queue) => {
      const { add, highest, lowest, take } = queue;
      const random = seededRandom(1);
      const waiting = new Set<string>();
      for (let at = 0; at < 500; at += 1)
        if (random() < 0.55) {
          const priority = lowest + Math.floor(random() * (highest - lowest + 1));
          add({ id: `t${at}`, priority, at });
          waiting.add(`t${at}`);
        } else {
          const id = take(at);
          if (
            (id === undefined) !== (waiting.size === 0) ||
            (id !== undefined && !waiting.delete(id))
          )
            throw new Error(`at ${at} it gives ${id} while ${waiting.size} others wait`);
        }
    },
  },
  {
    id: 'scheduler-3',
    name: 'what came at one instant is served by priority, and else as it came',
    check: async (queue) => {
      const { highest, lowest } = queue;
      const random = seededRandom(3);
      const tasks = Array.from({ length: 40 }, (_, order) => ({
        id: `t${order}`,
        priority: lowest + Math.floor(random() * (highest - lowest + 1)),
        order,
      }));
      for (const { id, priority } of tasks) queue.add({ id, priority, at: 0 });
      const inOrder = tasks.toSorted(
        (one, other) => other.priority - one.priority || one.order - other.order,
      );
      expectOrder(
        takeAll(queue, 0),
        inOrder.map(({ id }) => id),
      );
    },
  },
  {
    id: 'scheduler-4',
    name: 'nobody starves: the lowest is served before newer ones of the highest once it has waited for long enough',
    check: async ({ add, agesWithinMs, highest, lowest, take }) => {
      if (agesWithinMs === Infinity) return;
      add({ id: 'old', priority: lowest, at: 0 });
      const at = agesWithinMs + 1;
      add({ id: 'new', priority: highest, at });
      const first = take(at);
      if (first !== 'old') throw new Error(`after ${at} ms of waiting it serves ${first} first`);
    },
  },
  {
    id: 'scheduler-6',
    name: 'among equals the older is served first',
    check: async (queue) => {
      const ids = Array.from({ length: 30 }, (_, order) => `t${order}`);
      for (const [at, id] of ids.entries()) queue.add({ id, priority: queue.lowest, at });
      expectOrder(takeAll(queue, ids.length), ids);
    },
  },
  {
    id: 'scheduler-7',
    name: 'what is cancelled is never served',
    check: async (queue) => {
      for (let order = 0; order < 10; order += 1)
        queue.add({ id: `t${order}`, priority: queue.lowest, at: 0 });
      for (const id of ['t0', 't4', 't9']) queue.cancel(id);
      expectOrder(takeAll(queue, 1), ['t1', 't2', 't3', 't5', 't6', 't7', 't8']);
    },
  },
  {
    id: 'scheduler-8',
    name: 'another priority keeps the age',
    check: async (queue) => {
      const { highest, lowest } = queue;
      queue.add({ id: 'old', priority: lowest, at: 0 });
      queue.add({ id: 'high', priority: highest, at: 1 });
      queue.add({ id: 'low', priority: lowest, at: 2 });
      queue.reprioritise('old', highest);
      expectOrder(takeAll(queue, 3), ['old', 'high', 'low']);
    },
  },
];
