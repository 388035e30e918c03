import {
  type Clock,
  nextMacrotask,
  type Random,
  refuseOption,
  seededRandom,
  type Timer,
} from '@chimera/policy';
import { EventHeap, type Happening } from './event-heap.ts';
import { HeardController } from './heard-signal.ts';

export interface WorldOptions {
  /** Everything that is left to chance follows from it: the same seed, the same world. Default 1. */
  readonly seed?: number;
  /** Wall-clock ms since the epoch at which the world begins. Default 0. */
  readonly start?: number;
}

/** What is left over when nothing should be: all zero in a world that was cleaned up. */
export interface LeakReport {
  /** Timers that are set, not called off and not idle. */
  readonly timers: number;
  /** Listeners on the signals of this world's controllers. */
  readonly listeners: number;
  /** Tracked promises that have not settled. */
  readonly promises: number;
}

/**
 * Time, chance and I/O under one authority. Timers and I/O stand in one queue: what falls on the
 * same instant comes in an order drawn from the seed, so that over many seeds a timer is seen before
 * the answer that it races with, and after. Nothing global is touched: what is under test is given
 * `clock` and `random`, and `io` for everything that answers.
 */
export class World {
  readonly clock: Clock;
  readonly random: Random;
  /** Told after everything that an event has set off has settled. */
  onSettled: (() => void) | undefined = undefined;
  readonly #queue: EventHeap = new EventHeap();
  readonly #rank: Random;
  readonly #controllers: HeardController[] = [];
  /** What happened so far, as one line each: what two runs of a deterministic program share. */
  readonly #diary: string[] = [];
  #now = 0;
  #wallOffset: number;
  #order = 0;
  #unsettled = 0;

  constructor({ seed = 1, start = 0 }: WorldOptions = {}) {
    const draw = seededRandom(seed);
    // Another sequence for ties, so that what the program draws does not depend on them.
    this.#rank = seededRandom(Math.trunc(draw() * 2 ** 32));
    this.#wallOffset = start;
    this.random = () => {
      const number = draw();
      this.#diary.push(`drew ${number}`);
      return number;
    };
    this.clock = {
      now: () => this.#now + this.#wallOffset,
      monotonic: () => this.#now,
      setTimer: (callback, delayMs) => this.#after(delayMs, callback, 'timer'),
    };
  }

  /** Monotonic ms since the world began. */
  get now(): number {
    return this.#now;
  }

  /** The instant of the next event that something waits for; undefined when nothing does. */
  get nextAt(): number | undefined {
    return this.#queue.nextPending?.at;
  }

  get diary(): readonly string[] {
    return this.#diary;
  }

  /** An answer from outside: after `latencyMs` it is what `give` returns, or throws. */
  io<T>(latencyMs: number, give: () => T): Promise<T> {
    return this.track(
      new Promise<void>((resolve) => {
        this.#after(latencyMs, resolve, 'io');
      }).then(give),
    );
  }

  /** An abort controller whose listeners are counted. */
  controller(): AbortController {
    const controller = new HeardController();
    this.#controllers.push(controller);
    return controller;
  }

  /** Counts a promise among those that should have settled in the end; returns it. */
  track<T>(promise: Promise<T>): Promise<T> {
    this.#unsettled += 1;
    const settle = () => {
      this.#unsettled -= 1;
    };
    promise.then(settle, settle);
    return promise;
  }

  /** Lets what is ready run. */
  async settle(): Promise<void> {
    await nextMacrotask();
    this.onSettled?.();
  }

  /**
   * Lets `ms` pass. What an event sets off settles before the next event.
   *
   * @throws RangeError for a time that is negative, infinite or none: it would be no instant then.
   */
  async advance(ms: number): Promise<void> {
    if (!(ms >= 0 && ms < Infinity)) refuseOption('world', 'ms', 'a finite number >= 0', ms);
    const end = this.#now + ms;
    for (;;) {
      const { next } = this.#queue;
      if (next === undefined || next.at > end) break;
      await this.#fire();
    }
    this.#now = end;
    await this.settle();
  }

  /** Lets time pass until nothing is waited for, or until `endMs` more have passed. */
  async rest(endMs: number = Infinity, limit: number = 100_000): Promise<void> {
    const end = this.#now + endMs;
    await this.settle();
    for (let fired = 0; this.nextAt !== undefined && this.nextAt <= end; fired += 1) {
      if (fired === limit) throw new Error(`world: more than ${limit} events; one re-arms itself`);
      await this.#fire();
    }
  }

  /** Moves the wall clock alone, as an operator or NTP would; may be negative. */
  jumpWall(ms: number): void {
    this.#wallOffset += ms;
  }

  leaks(): LeakReport {
    return {
      timers: this.#queue.pending.filter(({ kind }) => kind === 'timer').length,
      listeners: this.#controllers.reduce((sum, { listeners }) => sum + listeners, 0),
      promises: this.#unsettled,
    };
  }

  #after(delayMs: number, callback: () => void, kind: Happening['kind']): Timer {
    if (Number.isNaN(delayMs)) throw new RangeError('world: a delay must be a number, got NaN');
    const happening: Happening = {
      at: this.#now + Math.max(0, delayMs),
      // Timers of one instant fire in the order in which they were set, as on every platform.
      rank: kind === 'timer' ? 0.5 : this.#rank(),
      order: this.#order++,
      callback,
      kind,
      isIdle: false,
      isCancelled: false,
    };
    this.#queue.push(happening);
    return {
      cancel: () => {
        happening.isCancelled = true;
      },
      ref: () => {
        happening.isIdle = false;
      },
      unref: () => {
        happening.isIdle = true;
      },
    };
  }

  async #fire(): Promise<void> {
    const happening = this.#queue.shift();
    if (happening === undefined) return;
    this.#now = Math.max(this.#now, happening.at);
    this.#diary.push(`${happening.kind} ${happening.order} at ${this.#now}`);
    // Once it has fired, calling it off is too late.
    happening.isCancelled = true;
    happening.callback();
    await this.settle();
  }
}

export function world(options: WorldOptions = {}): World {
  return new World(options);
}
