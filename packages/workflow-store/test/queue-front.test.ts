import { type Random, seededRandom } from '@chimera/policy';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { compareBy, frontLists, type Place, type Placed } from '../src/front-list.ts';
import { type Offered, QueueFront } from '../src/queue-front.ts';

/** A queue of which the front may know only what it is told. */
class Queue {
  readonly front = new QueueFront();
  readonly #waiting = new Map<number, Placed>();
  readonly #random: Random;
  #last = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  get size(): number {
    return this.#waiting.size;
  }

  /** One comes; one that waits moves; one goes. */
  step(share: { readonly comes: number; readonly moves: number }): void {
    const draw = this.#random();
    if (draw < share.comes) return this.#put((this.#last += 1));
    const key = this.#anyKey();
    if (key === undefined) return;
    this.#waiting.delete(key);
    this.front.remove(key);
    if (draw < share.comes + share.moves) this.#put(key);
  }

  /** As a claim does it. */
  claim(count: number, claimed: number): Offered {
    const known = this.front.isOf(0) ? this.front.first(count) : undefined;
    if (known === undefined || known.before < count) this.#read(count * 2);
    const offered = this.front.first(count);
    for (const { key } of offered.placed.slice(0, claimed)) {
      this.#waiting.delete(key);
      this.front.remove(key);
    }
    return offered;
  }

  /** The first so many of each list, and how many lists have more. */
  firstOf(count: number): { readonly first: ReadonlySet<number>; readonly longer: number } {
    const first = new Set<number>();
    let longer = 0;
    for (const list of this.#lists()) {
      for (const { key } of list.slice(0, count)) first.add(key);
      if (list.length > count) longer += 1;
    }
    return { first, longer };
  }

  #read(count: number): void {
    const lists = this.#lists();
    const all = new Set(lists.flatMap((list) => list.slice(0, count)));
    const ends = lists.map((list) => ({
      last: list[count - 1],
      isComplete: list.length < count,
    }));
    this.front.renew([...all], ends, count, 0);
  }

  #lists(): readonly Placed[][] {
    return frontLists.map(({ isShort, order }) =>
      [...this.#waiting.values()]
        .filter((placed) => placed.isShort === isShort)
        .sort((left, right) => compareBy(order, left, right)),
    );
  }

  #put(key: number): void {
    const draw = (below: number) => Math.floor(this.#random() * below);
    const [priority, queuedAt] = [draw(4), draw(50)];
    const place: Place = {
      key,
      queuedAt,
      ageingKey: 20 * priority - queuedAt,
      promotionKey: 20 * priority - 5 * queuedAt,
      isShort: this.#random() < 0.1,
    };
    const candidate = { id: `${key}`, definition: 'd', phase: 'p', priority, queuedAt };
    const placed: Placed = { ...place, candidate, isGone: false };
    this.#waiting.set(key, placed);
    this.front.offer(place, priority, () => placed);
  }

  #anyKey(): number | undefined {
    const keys = [...this.#waiting.keys()];
    return keys[Math.floor(this.#random() * keys.length)];
  }
}

function expectExact(queue: Queue, count: number, claimed: number): void {
  const { first, longer } = queue.firstOf(count);
  const { before, placed } = queue.claim(count, claimed);
  expect(new Set(placed.map(({ key }) => key))).toEqual(first);
  expect(placed).toEqual(placed.toSorted((left, right) => compareBy('ageingKey', left, right)));
  // A list that has lost some may not know that it has become short enough.
  expect(longer > 0 ? before : count).toBe(count);
  expect(before).toBeGreaterThanOrEqual(count);
}

test('whatever comes, moves and goes, the front is that of the queue', () => {
  fc.assert(
    fc.property(
      fc.nat(),
      fc.array(
        fc.record({
          steps: fc.nat(40),
          comes: fc.constantFrom(0, 0.3, 0.7, 1),
          count: fc.integer({ min: 1, max: 40 }),
          claimed: fc.nat(20),
          isUnknown: fc.nat(9),
        }),
        { maxLength: 30 },
      ),
      (seed, rounds) => {
        const queue = new Queue(seededRandom(seed));
        for (const { claimed, comes, count, isUnknown, steps } of rounds) {
          for (let step = 0; step < steps; step += 1) queue.step({ comes, moves: 0.2 });
          if (isUnknown === 0) queue.front.forget();
          if (isUnknown === 1) queue.front.outdate();
          expectExact(queue, count, claimed);
        }
      },
    ),
    { numRuns: 300 },
  );
});

test('of a flood only the front is kept, and it stays exact', () => {
  const queue = new Queue(seededRandom(3));
  expectExact(queue, 10, 0);
  for (let step = 0; step < 4_000; step += 1) queue.step({ comes: 1, moves: 0 });
  let kept = 0;
  for (let key = 1; key <= 4_000; key += 1) if (queue.front.get(key) !== undefined) kept += 1;
  expect(kept).toBeLessThan(2_500);
  for (let claim = 0; claim < 60; claim += 1) {
    expectExact(queue, 50, 45);
    for (let step = 0; step < 10; step += 1) queue.step({ comes: 0.5, moves: 0.3 });
  }
  expect(queue.size).toBeLessThan(2_000);
});

test('a front for the urgent takes nobody below their floor, and is no front for others', () => {
  const { front } = new Queue(seededRandom(1));
  front.renew([], [], 10, 5);
  expect([front.isOf(5), front.isOf(0)]).toEqual([true, false]);
  const offer = (key: number, priority: number) => {
    const place = { key, queuedAt: 0, ageingKey: 0, promotionKey: 0, isShort: false };
    const candidate = { id: `${key}`, definition: 'd', phase: 'p', priority, queuedAt: 0 };
    front.offer(place, priority, () => ({ ...place, candidate, isGone: false }));
  };
  offer(1, 4);
  offer(2, 5);
  expect(front.first(10).placed.map(({ key }) => key)).toEqual([2]);
});
