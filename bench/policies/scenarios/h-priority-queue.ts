import { IntelligentScheduler } from '@chimera/intelligent-scheduler';
import { seededRandom } from '@chimera/policy';
import FastPriorityQueue from 'fastpriorityqueue';
import FlatQueue from 'flatqueue';
import TinyQueue from 'tinyqueue';
import { highestPriority, WaitQueue } from '../../../packages/concurrency-limit/src/wait-queue.ts';
import { IndexedHeap } from '../../../packages/intelligent-scheduler/src/indexed-heap.ts';
import type { Candidate, Scenario } from '../scenario.ts';

/** One shape for all: our queues link the items themselves, as they do the callers that wait. */
interface Item {
  readonly priority: number;
  readonly queuedAt: number;
  key: number;
  tie: number;
  place: number;
  before: this | undefined;
  after: this | undefined;
}

const size = 100_000;
const random = seededRandom(1);
const items = Array.from({ length: size }, (_, index): Item => {
  const priority = Math.floor(random() * (highestPriority + 1));
  const links = { before: undefined, after: undefined };
  return {
    priority,
    queuedAt: index,
    key: highestPriority - priority,
    tie: index,
    place: -1,
    ...links,
  };
});
const tasks = items.map(({ priority, queuedAt }) => ({
  id: String(queuedAt),
  priority,
  enqueuedAt: queuedAt,
}));
const highestFirst = (left: Item, right: Item) => right.priority - left.priority;

/**
 * What whoever takes an item out of a queue does with it: looks at it. A queue that only hands on
 * references, and one that keeps its links in the items, then read the same memory.
 */
const taken = (item: Item): number => (item.priority >= 0 ? 1 : 0);

/** A call is one item pushed and popped, in a queue that is filled with all of them first. */
function queued(name: string, fillAndDrain: () => number): Candidate {
  return {
    name,
    group: size,
    run: async (calls) => {
      for (let made = 0; made < calls; made += size) {
        if (fillAndDrain() !== size) throw new Error(`${name}: items were lost`);
      }
    },
  };
}

/**
 * The queue of `concurrency-limit`, in which callers wait, against bare heaps. It keeps equals in
 * the order they came, lets waiters age, and gives up any of them in the middle in O(1); the
 * indexed heap of the scheduler does as much for any key, in O(log n); the heaps of others do not.
 */
export const priorityQueue: Scenario = {
  letter: 'h',
  title: `priority queue, ${size} items of ${highestPriority + 1} priorities`,
  floor: queued('presorted array', () => {
    const sorted = items.toSorted(highestFirst);
    let count = 0;
    for (const item of sorted) count += taken(item);
    return count;
  }),
  candidates: [
    queued('chimera', () => {
      const queue = new WaitQueue<Item>(size);
      for (const item of items) queue.push(item);
      let count = 0;
      for (let { next } = queue; next !== undefined; next = queue.next) {
        queue.remove(next);
        count += taken(next);
      }
      return count;
    }),
    queued('flatqueue', () => {
      const queue = new FlatQueue<Item>();
      for (const item of items) queue.push(item, highestPriority - item.priority);
      let count = 0;
      for (let item = queue.pop(); item !== undefined; item = queue.pop()) count += taken(item);
      return count;
    }),
    queued('tinyqueue', () => {
      const queue = new TinyQueue<Item>([], highestFirst);
      for (const item of items) queue.push(item);
      let count = 0;
      for (let item = queue.pop(); item !== undefined; item = queue.pop()) count += taken(item);
      return count;
    }),
    queued('fastpriorityqueue', () => {
      const queue = new FastPriorityQueue<Item>((left, right) => left.priority > right.priority);
      for (const item of items) queue.add(item);
      let count = 0;
      for (let item = queue.poll(); item !== undefined; item = queue.poll()) count += taken(item);
      return count;
    }),
    queued('chimera, indexed heap', () => {
      const queue = new IndexedHeap<Item>();
      for (const item of items) queue.push(item);
      let count = 0;
      for (let first = queue.peek(); first !== undefined; first = queue.peek()) {
        queue.remove(first);
        count += taken(first);
      }
      return count;
    }),
    queued('chimera, scheduler', () => {
      const scheduler = new IntelligentScheduler();
      for (const task of tasks) scheduler.push(task);
      let count = 0;
      while (scheduler.pop({ now: size }) !== undefined) count += 1;
      return count;
    }),
  ],
};
