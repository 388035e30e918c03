/** Instants, earliest first: a binary heap. */
export class InstantHeap {
  readonly #items: number[] = [];

  get size(): number {
    return this.#items.length;
  }

  get first(): number | undefined {
    return this.#items[0];
  }

  push(instant: number): void {
    const items = this.#items;
    let hole = items.length;
    items.push(instant);
    while (hole > 0) {
      const parent = (hole - 1) >> 1;
      const above = items[parent] ?? 0;
      if (above <= instant) break;
      items[hole] = above;
      hole = parent;
    }
    items[hole] = instant;
  }

  pop(): number | undefined {
    const items = this.#items;
    const first = items[0];
    const last = items.pop();
    if (last === undefined || items.length === 0) return first;
    let hole = 0;
    for (;;) {
      const left = 2 * hole + 1;
      const right = left + 1;
      const child = (items[right] ?? Infinity) < (items[left] ?? Infinity) ? right : left;
      const below = items[child];
      if (below === undefined || below >= last) break;
      items[hole] = below;
      hole = child;
    }
    items[hole] = last;
    return first;
  }
}
