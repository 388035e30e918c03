/** The highest priority; the lowest is 0. Each level has a line of its own, so there are few. */
export const highestPriority = 10;

/** A place in a {@link WaitQueue}. */
export interface Place {
  readonly priority: number;
  /** Monotonic, ms. Never earlier than that of a place taken before. */
  readonly queuedAt: number;
  /** The neighbours, while it stands in the queue. */
  before: Place | undefined;
  after: Place | undefined;
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
  /** Each is a ring, closed by a place that is nobody's: the first comes after it, the last before. */
  readonly #lineOf: (Place | undefined)[] = [];
  /** Those that were ever used, from the lowest level up. */
  #lines: readonly Place[] = [];
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

  /** Whose turn it is. */
  get next(): P | undefined {
    return this.#earliest(this.#ageingMs);
  }

  push(place: P): void {
    const line = (this.#lineOf[place.priority] ??= this.#openLine(place.priority));
    const last = line.before ?? line;
    last.after = place;
    place.before = last;
    place.after = line;
    line.before = place;
    this.#size += 1;
  }

  /** Leaves the order of the others as it is; nothing happens if the place was given up before. */
  remove(place: P): void {
    const { before, after } = place;
    if (before === undefined || after === undefined) return;
    before.after = after;
    after.before = before;
    // A place that is kept must not keep its neighbours.
    place.before = undefined;
    place.after = undefined;
    this.#size -= 1;
  }

  #openLine(priority: number): Place {
    // Later than everybody, so that it is never next.
    const line: Place = { priority, queuedAt: Infinity, before: undefined, after: undefined };
    this.#lines = [...this.#lines, line].toSorted((low, high) => low.priority - high.priority);
    return line;
  }

  #earliest(headStartMs: number): P | undefined {
    let next: Place | undefined;
    let nextKey = Infinity;
    // From the lowest level up: of two with the same key, the lower one came first.
    for (const { after: head, priority } of this.#lines) {
      if (head === undefined) continue;
      const key = head.queuedAt - priority * headStartMs;
      if (key < nextKey) {
        next = head;
        nextKey = key;
      }
    }
    // What came at some time was pushed.
    return next as P | undefined;
  }
}
