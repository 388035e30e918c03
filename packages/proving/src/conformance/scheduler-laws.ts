import { seededRandom } from '@chimera/policy';
import { expectOrder, type SchedulerLaw, serve, serveAll } from './scheduler-under-test.ts';
import { shareLaws } from './scheduler-share-laws.ts';

const orderLaws: readonly SchedulerLaw[] = [
  {
    id: 'scheduler-1',
    name: 'whoever asks while something waits is given it, and each once',
    check: async (queue) => {
      const { add, highest, lowest } = queue;
      const random = seededRandom(1);
      const waiting = new Set<string>();
      for (let at = 0; at < 500; at += 1)
        if (random() < 0.55) {
          const priority = lowest + Math.floor(random() * (highest - lowest + 1));
          add({ id: `t${at}`, priority, at });
          waiting.add(`t${at}`);
        } else {
          const id = serve(queue, at);
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
        serveAll(queue, 0),
        inOrder.map(({ id }) => id),
      );
    },
  },
  {
    id: 'scheduler-4',
    name: 'nobody starves: the lowest is served before newer ones of the highest once it has waited for long enough',
    check: async (queue) => {
      const { add, agesWithinMs, highest, lowest } = queue;
      if (agesWithinMs === Infinity) return;
      add({ id: 'old', priority: lowest, at: 0 });
      const at = agesWithinMs + 1;
      add({ id: 'new', priority: highest, at });
      const first = serve(queue, at);
      if (first !== 'old') throw new Error(`after ${at} ms of waiting it serves ${first} first`);
    },
  },
  {
    id: 'scheduler-6',
    name: 'among equals the older is served first',
    check: async (queue) => {
      const ids = Array.from({ length: 30 }, (_, order) => `t${order}`);
      for (const [at, id] of ids.entries()) queue.add({ id, priority: queue.lowest, at });
      expectOrder(serveAll(queue, ids.length), ids);
    },
  },
  {
    id: 'scheduler-7',
    name: 'what is cancelled is never served',
    check: async (queue) => {
      for (let order = 0; order < 10; order += 1)
        queue.add({ id: `t${order}`, priority: queue.lowest, at: 0 });
      for (const id of ['t0', 't4', 't9']) queue.cancel(id);
      expectOrder(serveAll(queue, 1), ['t1', 't2', 't3', 't5', 't6', 't7', 't8']);
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
      expectOrder(serveAll(queue, 3), ['old', 'high', 'low']);
    },
  },
];

export const schedulerLaws: readonly SchedulerLaw[] = [...orderLaws, ...shareLaws];
