/** Something that happens at an instant, unless it is called off. */
export interface Happening {
  readonly at: number;
  /** Decides between happenings of one instant: the smaller goes first. */
  readonly rank: number;
  readonly order: number;
  readonly callback: () => void;
  readonly kind: 'timer' | 'io';
  isIdle: boolean;
  isCancelled: boolean;
}

/** What is to happen, the next first: a binary heap; what is called off is dropped when it comes up. */
export class EventHeap {
  readonly #heap: Happening[] = [];

  /** Those that are neither called off nor idle. */
  get pending(): readonly Happening[] {
    return this.#heap.filter(({ isCancelled, isIdle }) => !isCancelled && !isIdle);
  }

  /** The next of those. */
  get nextPending(): Happening | undefined {
    const { next } = this;
    if (next?.isIdle !== true) return next;
    return this.pending.reduce<Happening | undefined>(
      (first, each) => (first === undefined || isBefore(each, first) ? each : first),
      undefined,
    );
  }

  get next(): Happening | undefined {
    while (this.#heap[0]?.isCancelled === true) this.#removeFirst();
    return this.#heap[0];
  }

  push(happening: Happening): void {
    const heap = this.#heap;
    let at = heap.push(happening) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent];
      if (above === undefined || !isBefore(happening, above)) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = happening;
  }

  /** Takes the next one out. */
  shift(): Happening | undefined {
    const { next } = this;
    if (next !== undefined) this.#removeFirst();
    return next;
  }

  #removeFirst(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let at = 0;
    for (;;) {
      const left = 2 * at + 1;
      const first = this.#earlier(left, left + 1);
      const below = heap[first];
      if (below === undefined || !isBefore(below, last)) break;
      heap[at] = below;
      at = first;
    }
    heap[at] = last;
  }

  #earlier(left: number, right: number): number {
    const [one, other] = [this.#heap[left], this.#heap[right]];
    return one !== undefined && other !== undefined && isBefore(other, one) ? right : left;
  }
}

function isBefore(one: Happening, other: Happening): boolean {
  return (
    one.at < other.at ||
    (one.at === other.at &&
      (one.rank < other.rank || (one.rank === other.rank && one.order < other.order)))
  );
}
