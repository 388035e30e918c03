import type { Clock, Timer } from '@chimera/policy';

/**
 * Clock of the control loops: time in which the process stood still (a machine asleep, SIGSTOP) does
 * not pass on it, so that cool-downs and dwell times count only time in which something could happen.
 * Two readings more than `longestGapMs` apart are taken for such a pause; loops read it at each turn.
 */
export class AwakeClock implements Clock {
  readonly #clock: Clock;
  readonly #longestGapMs: number;
  #readAt: number;
  #pausedMs = 0;

  constructor(clock: Clock, longestGapMs: number) {
    this.#clock = clock;
    this.#longestGapMs = longestGapMs;
    this.#readAt = clock.monotonic();
  }

  /** Ms in which nothing ran, up to the last reading. */
  get pausedMs(): number {
    return this.#pausedMs;
  }

  now(): number {
    return this.#clock.now();
  }

  monotonic(): number {
    const at = this.#clock.monotonic();
    const gapMs = at - this.#readAt;
    this.#readAt = at;
    if (gapMs > this.#longestGapMs) this.#pausedMs += gapMs;
    return at - this.#pausedMs;
  }

  setTimer(callback: () => void, delayMs: number): Timer {
    return this.#clock.setTimer(callback, delayMs);
  }
}
