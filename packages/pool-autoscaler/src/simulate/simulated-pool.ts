import type { Arrival } from './arrival.ts';
import { InstantHeap } from './instant-heap.ts';

/** A pool that serves first come, first served, in simulated time, and keeps the books. */
export class SimulatedPool {
  readonly waitsMs: number[] = [];
  /** Slot time without work in it: the integral of size - running. */
  idleMs = 0;
  resizes = 0;
  #size: number;
  #now = 0;
  readonly #ends = new InstantHeap();
  readonly #queue: Arrival[] = [];
  #head = 0;

  constructor(size: number) {
    this.#size = size;
  }

  get size(): number {
    return this.#size;
  }

  get running(): number {
    return this.#ends.size;
  }

  get queued(): number {
    return this.#queue.length - this.#head;
  }

  get oldestWaitMs(): number | undefined {
    const oldest = this.#queue[this.#head];
    return oldest === undefined ? undefined : this.#now - oldest.at;
  }

  /** Moves time on, finishing what ends on the way. */
  advanceTo(at: number): void {
    for (let end = this.#ends.first; end !== undefined && end <= at; end = this.#ends.first) {
      this.#moveTo(end);
      this.#ends.pop();
      this.#start();
    }
    this.#moveTo(at);
  }

  /** Moves time on until all work is done. */
  drain(): void {
    for (let end = this.#ends.first; end !== undefined; end = this.#ends.first) this.advanceTo(end);
  }

  arrive(arrival: Arrival): void {
    this.advanceTo(arrival.at);
    this.#queue.push(arrival);
    this.#start();
  }

  resize(size: number): void {
    if (size === this.#size) return;
    if (size < this.running) {
      throw new RangeError(`simulation: ${size} slots for ${this.running} running`);
    }
    this.#size = size;
    this.resizes += 1;
    this.#start();
  }

  #moveTo(at: number): void {
    this.idleMs += (at - this.#now) * (this.#size - this.running);
    this.#now = at;
  }

  #start(): void {
    while (this.running < this.#size) {
      const next = this.#queue[this.#head];
      if (next === undefined) break;
      this.#head += 1;
      this.waitsMs.push(this.#now - next.at);
      this.#ends.push(this.#now + next.serviceMs);
    }
    if (this.#head > 4_096) {
      this.#queue.splice(0, this.#head);
      this.#head = 0;
    }
  }
}
