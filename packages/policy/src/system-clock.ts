import type { Clock, Timer } from './clock.ts';

/** Node and browsers turn a longer delay into 1 ms. */
const longestTimerMs = 2 ** 31 - 1;

// The global is a lazy getter in Node; reading it once keeps it off the hot path.
const monotonicSource = performance;

class SystemTimer implements Timer {
  #handle: ReturnType<typeof setTimeout> | undefined;

  constructor(callback: () => void, delayMs: number) {
    this.#start(callback, delayMs);
  }

  cancel(): void {
    clearTimeout(this.#handle);
  }

  #start(callback: () => void, remainingMs: number): void {
    this.#handle =
      remainingMs <= longestTimerMs
        ? setTimeout(callback, remainingMs)
        : setTimeout(() => this.#start(callback, remainingMs - longestTimerMs), longestTimerMs);
  }
}

/** The machine's own clocks: `Date.now` for the wall, `performance.now` for durations. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => monotonicSource.now(),
  setTimer: (callback, delayMs) => new SystemTimer(callback, delayMs),
};
