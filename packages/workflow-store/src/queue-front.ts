import { ChurnMap } from '@chimera/policy';
import { compareBy, FrontList, frontLists, type Place, type Placed } from './front-list.ts';

/** With more than twice as many in a list, be it of newcomers, the rest is left to the disk. */
const leastKept = 512;

/** How far a list was read. */
export interface ListEnd {
  /** The last that was read; undefined where none could be. */
  readonly last: Place | undefined;
  /** Nobody stands behind it. */
  readonly isComplete: boolean;
}

export interface Offered {
  /** In the order of ageing. */
  readonly placed: readonly Placed[];
  /** Whoever is left stands behind so many of them. Infinity where nobody is. */
  readonly before: number;
}

/**
 * The front of the queue, as the transaction under way sees it: the first by both orders of the
 * claim, of the short and of the others. Behind a busy pool it is mostly the same for the next
 * claim, but for what has moved since, which has to be told here: reading it from the indexes
 * again, past what is on its way to the disk, cost a claim more than choosing did.
 */
export class QueueFront {
  readonly #byKey = new ChurnMap<number, Placed>();
  readonly #lists = frontLists.map(({ isShort, order }) => new FrontList(order, isShort));
  #isKnown = false;
  #minPriority = 0;
  #mostKept = leastKept;

  /** Whether it is the front for claims of this floor, be it long enough or not. */
  isOf(minPriority: number): boolean {
    return this.#isKnown && this.#minPriority === minPriority;
  }

  /** As it was read, though the front may have to be read again. */
  get(key: number): Placed | undefined {
    return this.#byKey.get(key);
  }

  /** @param ends of its lists; none where nobody stands behind any */
  renew(
    all: readonly Placed[],
    ends: readonly ListEnd[],
    count: number,
    minPriority: number,
  ): void {
    this.#isKnown = true;
    this.#minPriority = minPriority;
    this.#mostKept = Math.max(leastKept, count);
    for (const [index, list] of this.#lists.entries()) {
      const { isComplete, last } = ends[index] ?? complete;
      list.renew(all, last, isComplete);
    }
    this.#byKey.clear();
    for (const placed of all) if (this.#isInList(placed)) this.#byKey.set(placed.key, placed);
  }

  /** The first so many of each list, each once: fewer than are there when `before` is lower. */
  first(count: number): Offered {
    const placed = new Set<Placed>();
    let before = Infinity;
    for (const list of this.#lists) {
      const first = list.first(count);
      for (const each of first) placed.add(each);
      if (!list.isComplete || list.length > count) before = Math.min(before, first.length);
    }
    const inOrder = [...placed].sort((left, right) => compareBy('ageingKey', left, right));
    return { placed: inOrder, before };
  }

  /** A workflow has become claimable. It is made only if its place is in the front. */
  offer(place: Place, priority: number, make: () => Placed): void {
    if (!this.#isKnown || priority < this.#minPriority) return;
    let placed: Placed | undefined;
    for (const list of this.#lists) {
      if (!list.covers(place)) continue;
      placed ??= make();
      list.add(placed);
    }
    if (placed === undefined) return;
    this.#byKey.set(placed.key, placed);
    for (const list of this.#lists) if (list.length > 2 * this.#mostKept) this.#cut(list);
  }

  /** It is not claimable any more, or another is going to be added for it. */
  remove(key: number): void {
    const placed = this.#byKey.get(key);
    if (placed === undefined) return;
    placed.isGone = true;
    this.#byKey.delete(key);
  }

  /** Others may stand in it that it does not know. */
  outdate(): void {
    this.#isKnown = false;
  }

  /** To be called when a transaction, or a part of one, is rolled back. */
  forget(): void {
    this.#isKnown = false;
    this.#byKey.clear();
  }

  #cut(list: FrontList): void {
    for (const cut of list.cutTo(this.#mostKept))
      if (!this.#isInList(cut)) this.#byKey.delete(cut.key);
  }

  #isInList(place: Place): boolean {
    return this.#lists.some((list) => list.covers(place));
  }
}

const complete: ListEnd = { last: undefined, isComplete: true };
