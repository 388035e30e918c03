import type { Clock, Timer } from './clock.ts';
import { nextMacrotask } from './macrotask.ts';

class VirtualTimer implements Timer {
  readonly at: number;
  readonly callback: () => void;
  isIdle = false;
  readonly #forget: (timer: VirtualTimer) => void;

  constructor(at: number, callback: () => void, forget: (timer: VirtualTimer) => void) {
    this.at = at;
    this.callback = callback;
    this.#forget = forget;
  }

  cancel(): void {
    this.#forget(this);
  }

  ref(): void {
    this.isIdle = false;
  }

  unref(): void {
    this.isIdle = true;
  }
}

/**
 * A clock that moves only when told to. Timers fire in order of their instant (ties: in order of
 * creation), and everything that a timer sets off settles before the next one fires.
 */
export class VirtualClock implements Clock {
  #monotonic = 0;
  /** Wall-clock time is this much ahead of the monotonic one. */
  #wallOffset: number;
  /** Sorted by instant, ties by creation. */
  readonly #timers: VirtualTimer[] = [];
  #lastMove: Promise<void> = Promise.resolve();

  /** @param startsAt wall-clock ms since the epoch at which this clock begins; default 0. */
  constructor(startsAt = 0) {
    this.#wallOffset = startsAt;
  }

  /** Timers that are set and neither fired, cancelled nor idle (`unref`): 0 when nothing leaks. */
  get pendingTimers(): number {
    return this.#timers.reduce((count, timer) => (timer.isIdle ? count : count + 1), 0);
  }

  /** Monotonic instant of the next timer that is not idle, or undefined when none is set. */
  get nextTimerAt(): number | undefined {
    return this.#timers.find((timer) => !timer.isIdle)?.at;
  }

  now(): number {
    return this.#monotonic + this.#wallOffset;
  }

  monotonic(): number {
    return this.#monotonic;
  }

  /** @throws RangeError when `delayMs` is not a number. */
  setTimer(callback: () => void, delayMs: number): Timer {
    if (Number.isNaN(delayMs)) refuse('delayMs', 'a number', delayMs);
    const at = this.#monotonic + Math.max(0, delayMs);
    const timer = new VirtualTimer(at, callback, (cancelled) => this.#remove(cancelled));
    this.#timers.splice(this.#indexAfter(at), 0, timer);
    return timer;
  }

  /**
   * Moves both clocks forward by `ms`, firing what falls due on the way. Moves follow each other
   * when one begins before another has ended. Rejects with what a timer throws.
   */
  advance(ms: number): Promise<void> {
    if (!(ms >= 0 && ms < Infinity)) refuse('ms', 'a finite number >= 0', ms);
    return this.#move(() => this.#advanceTo(this.#monotonic + ms));
  }

  /**
   * Fires timers until only idle ones are left. Throws when more than `limit` fire: something
   * re-arms itself for ever.
   */
  runAll(limit = 100_000): Promise<void> {
    return this.#move(async () => {
      await nextMacrotask();
      for (let rounds = 0; (this.nextTimerAt ?? Infinity) < Infinity; rounds += 1) {
        if (rounds === limit) throw new Error(`VirtualClock: more than ${limit} timers fired`);
        await this.#fireNext();
      }
    });
  }

  /** Moves the wall clock alone, as an operator or NTP would; may be negative. */
  jumpWall(ms: number): void {
    this.#wallOffset += ms;
  }

  #move(step: () => Promise<void>): Promise<void> {
    const move = this.#lastMove.then(step);
    this.#lastMove = move.catch(() => {});
    return move;
  }

  async #advanceTo(end: number): Promise<void> {
    await nextMacrotask();
    while ((this.#timers[0]?.at ?? Infinity) <= end) await this.#fireNext();
    this.#monotonic = end;
  }

  async #fireNext(): Promise<void> {
    const timer = this.#timers.shift();
    if (timer === undefined) return;
    this.#monotonic = timer.at;
    timer.callback();
    await nextMacrotask();
  }

  /** Where a timer for this instant belongs: behind those that are due at the same time. */
  #indexAfter(at: number): number {
    let low = 0;
    let high = this.#timers.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#timers[middle]?.at ?? Infinity) <= at) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #remove(timer: VirtualTimer): void {
    const after = this.#indexAfter(timer.at);
    // `lastIndexOf` takes -1 for the last index.
    const index = after === 0 ? -1 : this.#timers.lastIndexOf(timer, after - 1);
    if (index !== -1) this.#timers.splice(index, 1);
  }
}

function refuse(argument: string, rule: string, value: number): never {
  throw new RangeError(`VirtualClock: ${argument} must be ${rule}, got ${value}`);
}
