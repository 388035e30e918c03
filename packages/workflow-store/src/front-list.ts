import type { Candidate } from './workflow-record.ts';

/** Where a claimable workflow stands in the orders of the claim. */
export interface Place {
  /** Of its row. */
  readonly key: number;
  readonly queuedAt: number;
  readonly ageingKey: number;
  readonly promotionKey: number;
  readonly isShort: boolean;
}

export interface Placed extends Place {
  readonly candidate: Candidate;
  /** It is not claimable any more, or stands elsewhere. */
  isGone: boolean;
}

export type Order = 'ageingKey' | 'promotionKey';

/** What the queue's front consists of. */
export const frontLists: readonly { readonly order: Order; readonly isShort: boolean }[] = [
  { order: 'ageingKey', isShort: false },
  { order: 'ageingKey', isShort: true },
  { order: 'promotionKey', isShort: false },
  { order: 'promotionKey', isShort: true },
];

/** The first by an order, of the short or of the others: who stands behind its end is not in it. */
export class FrontList {
  readonly #order: Order;
  readonly #isShort: boolean;
  /** Whoever is gone stays until the list is read past it: that is cheaper than looking for it. */
  #placed: Placed[] = [];
  #isComplete = false;
  #last: Place | undefined;

  constructor(order: Order, isShort: boolean) {
    this.#order = order;
    this.#isShort = isShort;
  }

  /** With those that are gone. */
  get length(): number {
    return this.#placed.length;
  }

  /** Nobody stands behind its end. */
  get isComplete(): boolean {
    return this.#isComplete;
  }

  /** @param last where it ends; undefined when it is complete, or nobody is known to stand in it */
  renew(all: readonly Placed[], last: Place | undefined, isComplete: boolean): void {
    this.#last = last;
    this.#isComplete = isComplete;
    this.#placed = all
      .filter((placed) => this.covers(placed))
      .sort((left, right) => compareBy(this.#order, left, right));
  }

  /** Whether its place is in the list, or behind its end. */
  covers(place: Place): boolean {
    if (place.isShort !== this.#isShort) return false;
    return this.#isComplete || (this.#last !== undefined && this.#isBefore(place, this.#last));
  }

  add(placed: Placed): void {
    this.#placed.splice(this.#indexOf(placed), 0, placed);
  }

  first(count: number): readonly Placed[] {
    const first: Placed[] = [];
    let read = 0;
    for (; first.length < count && read < this.#placed.length; read += 1) {
      const placed = this.#placed[read];
      if (placed?.isGone === false) first.push(placed);
    }
    if (first.length < read) this.#placed.splice(0, read, ...first);
    return first;
  }

  /** Returns those who stand behind its end from now on. */
  cutTo(count: number): readonly Placed[] {
    this.#placed = this.#placed.filter(({ isGone }) => !isGone);
    const cut = this.#placed.splice(count);
    if (cut.length > 0) {
      this.#last = this.#placed.at(-1);
      this.#isComplete = false;
    }
    return cut;
  }

  /** Where it stands, or would. */
  #indexOf(place: Place): number {
    let [low, high] = [0, this.#placed.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      const there = this.#placed[middle];
      if (there !== undefined && this.#isBefore(there, place)) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #isBefore(left: Place, right: Place): boolean {
    return compareBy(this.#order, left, right) <= 0;
  }
}

/** As the indexes of the claim have it. */
export function compareBy(order: Order, left: Place, right: Place): number {
  return right[order] - left[order] || left.queuedAt - right.queuedAt || left.key - right.key;
}
