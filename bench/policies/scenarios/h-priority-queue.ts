import { IntelligentScheduler } from '@chimera/intelligent-scheduler';
import { seededRandom } from '@chimera/policy';
import FlatQueue from 'flatqueue';
import TinyQueue from 'tinyqueue';
import { type Candidate, type Scenario } from '../scenario.ts';

const items = 100_000;
const random = seededRandom(1);
const tasks = Array.from({ length: items }, (_, index) => ({
  id: String(index),
  priority: Math.floor(random() * 11),
  enqueuedAt: index,
}));
const highestFirst = (left: { readonly priority: number }, right: { readonly priority: number }) =>
  right.priority - left.priority;

/** A call is one item pushed and popped, in a queue that is filled with all of them first. */
function queued(name: string, fillAndDrain: () => number): Candidate {
  return {
    name,
    group: items,
    run: async (calls) => {
      for (let made = 0; made < calls; made += items) {
        if (fillAndDrain() !== items) throw new Error(`${name}: items were lost`);
      }
    },
  };
}

export const priorityQueue: Scenario = {
  letter: 'h',
  title: `priority queue, ${items} items`,
  floor: queued('sorted array', () => {
    const sorted = [...tasks].sort(highestFirst);
    let count = 0;
    for (const task of sorted) count += task.priority >= 0 ? 1 : 0;
    return count;
  }),
  candidates: [
    queued('chimera', () => {
      const scheduler = new IntelligentScheduler();
      for (const task of tasks) scheduler.push(task);
      let count = 0;
      while (scheduler.pop({ now: items }) !== undefined) count += 1;
      return count;
    }),
    queued('flatqueue', () => {
      const queue = new FlatQueue<(typeof tasks)[number]>();
      for (const task of tasks) queue.push(task, -task.priority);
      let count = 0;
      while (queue.pop() !== undefined) count += 1;
      return count;
    }),
    queued('tinyqueue', () => {
      const queue = new TinyQueue<(typeof tasks)[number]>([], highestFirst);
      for (const task of tasks) queue.push(task);
      let count = 0;
      while (queue.pop() !== undefined) count += 1;
      return count;
    }),
  ],
};
