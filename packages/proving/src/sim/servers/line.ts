import type { Request } from './server.ts';

/** Those who wait: the first comes first, or the last. */
export class Line {
  readonly #isLastFirst: boolean;
  #waiting: (Request | undefined)[] = [];
  #head = 0;

  constructor(order: 'fifo' | 'lifo') {
    this.#isLastFirst = order === 'lifo';
  }

  get length(): number {
    return this.#waiting.length - this.#head;
  }

  push(request: Request): void {
    this.#waiting.push(request);
  }

  next(): Request | undefined {
    if (this.#isLastFirst) return this.#waiting.pop();
    const first = this.#waiting[this.#head];
    if (first === undefined) return undefined;
    this.#waiting[this.#head] = undefined;
    this.#head += 1;
    if (this.#head === this.#waiting.length || this.#head > 4_096) {
      this.#waiting = this.#waiting.slice(this.#head);
      this.#head = 0;
    }
    return first;
  }
}
