/** An entry of a heap: it knows its place, so that it can be taken out of the middle. */
export interface HeapNode {
  key: number;
  /** Decides between equal keys. */
  tie: number;
  /** Its place in the heap, -1 while it is in none. Written by the heap alone. */
  place: number;
}

/** Smallest (key, tie) first. All operations but `peek` take O(log n); pushing in key order takes O(1). */
export class IndexedHeap<Node extends HeapNode> {
  readonly #nodes: Node[] = [];

  get size(): number {
    return this.#nodes.length;
  }

  peek(): Node | undefined {
    return this.#nodes[0];
  }

  push(node: Node): void {
    node.place = this.#nodes.length;
    this.#nodes.push(node);
    this.#rise(node);
  }

  remove(node: Node): void {
    const { place } = node;
    const last = this.#nodes.pop();
    node.place = -1;
    if (last === undefined || last === node) return;
    last.place = place;
    this.#nodes[place] = last;
    this.moved(last);
  }

  /** Restores the order after the key or the tie of a node of this heap has changed. */
  moved(node: Node): void {
    this.#rise(node);
    this.#sink(node);
  }

  *[Symbol.iterator](): IterableIterator<Node> {
    yield* this.#nodes;
  }

  #rise(node: Node): void {
    const nodes = this.#nodes;
    let place = node.place;
    while (place > 0) {
      const above = (place - 1) >> 1;
      const parent = nodes[above];
      if (parent === undefined || !precedes(node, parent)) break;
      nodes[place] = parent;
      parent.place = place;
      place = above;
    }
    nodes[place] = node;
    node.place = place;
  }

  #sink(node: Node): void {
    const nodes = this.#nodes;
    let place = node.place;
    for (;;) {
      const left = nodes[2 * place + 1];
      if (left === undefined) break;
      const right = nodes[2 * place + 2];
      const child = right !== undefined && precedes(right, left) ? right : left;
      if (!precedes(child, node)) break;
      const below = child.place;
      nodes[place] = child;
      child.place = place;
      place = below;
    }
    nodes[place] = node;
    node.place = place;
  }
}

/** The order of a heap: smaller key first, then smaller tie. */
export function precedes(a: HeapNode, b: HeapNode): boolean {
  return a.key < b.key || (a.key === b.key && a.tie < b.tie);
}
