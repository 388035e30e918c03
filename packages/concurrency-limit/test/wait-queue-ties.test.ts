import { expect, test } from 'vitest';
import { type Place, WaitQueue } from '../src/wait-queue.ts';

function place(priority: number, queuedAt: number): Place {
  return { priority, queuedAt, before: undefined, after: undefined };
}

test('of two whose turn it is alike, whoever came first goes first, whichever line was used before', () => {
  const queue = new WaitQueue<Place>(10);
  const gone = place(1, 0);
  queue.push(gone);
  queue.remove(gone);
  const [early, late] = [place(0, 0), place(1, 10)];
  queue.push(early);
  queue.push(late);
  expect(queue.next).toBe(early);
  queue.remove(early);
  expect(queue.next).toBe(late);
});

test('a place that is given up twice, or was never taken, takes nobody else’s', () => {
  const queue = new WaitQueue<Place>(10);
  const [first, second] = [place(3, 0), place(3, 1)];
  queue.push(first);
  queue.push(second);
  queue.remove(first);
  queue.remove(first);
  queue.remove(place(3, 2));
  expect(queue.size).toBe(1);
  expect(queue.next).toBe(second);
});

test('an empty queue has nobody next and nobody oldest', () => {
  const queue = new WaitQueue<Place>(10);
  expect([queue.next, queue.oldest, queue.size]).toEqual([undefined, undefined, 0]);
  const only = place(10, 5);
  queue.push(only);
  queue.remove(only);
  expect([queue.next, queue.oldest, queue.size]).toEqual([undefined, undefined, 0]);
});
