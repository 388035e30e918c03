/** The highest priority; the lowest is 0. Each level has a line of its own, so there are few. */
export const highestPriority = 10;

/** A place in a {@link WaitQueue}. */
export interface Place {
  readonly priority: number;
  /** Monotonic, ms. Never earlier than that of a place taken before. */
  readonly queuedAt: number;
  before: this | undefined;
  after: this | undefined;
  isTaken: boolean;
}

/**
 * Who is next among those that wait. A point of priority is worth a head start of `ageingMs`: the
 * order is that of `queuedAt - priority * ageingMs`, first come first served where these are equal.
 * So nobody is overtaken by those who come more than `ageingMs` later for each point that they are
 * ahead, and nobody starves. Since everybody ages alike, the order of two never changes while they
 * wait, and one line for each level, compared at their heads, is enough.
 */
export class WaitQueue<P extends Place> {
  readonly #ageingMs: number;
  readonly #first: (P | undefined)[] = emptyLines();
  readonly #last: (P | undefined)[] = emptyLines();
  /** A bit for each level at which somebody waits. */
  #levels = 0;
  #size = 0;

  constructor(ageingMs: number) {
    this.#ageingMs = ageingMs;
  }

  get size(): number {
    return this.#size;
  }

  /** Whoever has waited longest, whatever their priority. */
  get oldest(): P | undefined {
    return this.#earliest(0);
  }

  push(place: P): void {
    const { priority } = place;
    const last = this.#last[priority];
    if (last === undefined) {
      this.#first[priority] = place;
      this.#levels |= 1 << priority;
    } else {
      last.after = place;
      place.before = last;
    }
    this.#last[priority] = place;
    place.isTaken = true;
    this.#size += 1;
  }

  /** Takes out whoever is next. */
  shift(): P | undefined {
    const next = this.#earliest(this.#ageingMs);
    if (next !== undefined) this.remove(next);
    return next;
  }

  /** Leaves the order of the others as it is; nothing happens if the place was given up before. */
  remove(place: P): void {
    if (!place.isTaken) return;
    const { priority, before, after } = place;
    if (before === undefined) this.#first[priority] = after;
    else before.after = after;
    if (after === undefined) this.#last[priority] = before;
    else after.before = before;
    if (before === undefined && after === undefined) this.#levels &= ~(1 << priority);
    // A place that is kept must not keep its neighbours.
    place.before = undefined;
    place.after = undefined;
    place.isTaken = false;
    this.#size -= 1;
  }

  #earliest(headStartMs: number): P | undefined {
    let next: P | undefined;
    let nextKey = Infinity;
    // From the lowest level up: of two with the same key, the lower one came first.
    for (let levels = this.#levels; levels !== 0; levels &= levels - 1) {
      const priority = 31 - Math.clz32(levels & -levels);
      const head = this.#first[priority];
      if (head === undefined) continue;
      const key = head.queuedAt - priority * headStartMs;
      if (key < nextKey) {
        next = head;
        nextKey = key;
      }
    }
    return next;
  }
}

function emptyLines(): undefined[] {
  return Array.from({ length: highestPriority + 1 }, () => undefined);
}
