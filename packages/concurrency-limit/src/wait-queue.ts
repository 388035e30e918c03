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
  /** By level. Each is a ring, closed by a place that is nobody's: the first comes after it, the last before. */
  readonly #lines: Place[] = [];
  /** By level, the order of its first; Infinity while there is none. A look at these touches nobody who waits. */
  readonly #keys: number[] = [];
  #size = 0;

  constructor(ageingMs: number) {
    this.#ageingMs = ageingMs;
  }

  get size(): number {
    return this.#size;
  }

  /** Whoever has waited longest, whatever their priority. */
  get oldest(): P | undefined {
    return this.#firstBy(this.#lines.map(({ after }) => after?.queuedAt ?? Infinity));
  }

  /** Whose turn it is. */
  get next(): P | undefined {
    return this.#firstBy(this.#keys);
  }

  push(place: P): void {
    while (this.#lines.length <= place.priority) this.#openLine(this.#lines.length);
    const line = this.#lines[place.priority] ?? place;
    const last = line.before ?? line;
    this.#link(last, place);
    this.#link(place, line);
    this.#size += 1;
  }

  /** Leaves the order of the others as it is; nothing happens if the place was given up before. */
  remove(place: P): void {
    const { before, after } = place;
    if (before === undefined || after === undefined) return;
    this.#link(before, after);
    // A place that is kept must not keep its neighbours.
    place.before = undefined;
    place.after = undefined;
    this.#size -= 1;
  }

  #link(before: Place, after: Place): void {
    before.after = after;
    after.before = before;
    // Of a line itself, queuedAt is Infinity.
    if (before === this.#lines[before.priority]) {
      this.#keys[before.priority] = after.queuedAt - after.priority * this.#ageingMs;
    }
  }

  #openLine(priority: number): void {
    const line: Place = { priority, queuedAt: Infinity, before: undefined, after: undefined };
    this.#lines.push(line);
    this.#keys.push(Infinity);
  }

  #firstBy(keys: readonly number[]): P | undefined {
    let first: number | undefined;
    let least = Infinity;
    for (let level = 0; level < keys.length; level += 1) {
      const key = keys[level] ?? Infinity;
      // Of two with the same key, the lower one came first.
      if (key < least) {
        first = level;
        least = key;
      }
    }
    // What came at some time was pushed.
    return first === undefined ? undefined : (this.#lines[first]?.after as P | undefined);
  }
}
