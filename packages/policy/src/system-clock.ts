import type { Clock, Timer } from './clock.ts';

/** Node and browsers turn a longer delay into 1 ms. */
const longestTimerMs = 2 ** 31 - 1;

// The global is a lazy getter in Node; reading it once keeps it off the hot path.
const monotonicSource = performance;

/** What `setTimeout` returns in Node; a browser's number has no such methods. */
interface Handle {
  ref?(): void;
  unref?(): void;
}

class SystemTimer implements Timer {
  readonly #callback: () => void;
  #handle: Handle | undefined = undefined;
  #remainingMs: number;
  #isIdle = false;

  constructor(callback: () => void, delayMs: number) {
    this.#callback = callback;
    // Rounded up: a timer that fires before its instant has to be set again.
    this.#remainingMs = Math.max(0, Math.ceil(delayMs));
    this.#start();
  }

  cancel(): void {
    clearTimeout(this.#handle as number | undefined);
  }

  ref(): void {
    this.#isIdle = false;
    this.#handle?.ref?.();
  }

  unref(): void {
    this.#isIdle = true;
    this.#handle?.unref?.();
  }

  #start(): void {
    const delayMs = Math.min(this.#remainingMs, longestTimerMs);
    this.#remainingMs -= delayMs;
    const onTime = this.#remainingMs > 0 ? () => this.#start() : this.#callback;
    this.#handle = setTimeout(onTime, delayMs) as unknown as Handle;
    if (this.#isIdle) this.#handle.unref?.();
  }
}

/** The machine's own clocks: `Date.now` for the wall, `performance.now` for durations. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => monotonicSource.now(),
  setTimer: (callback, delayMs) => new SystemTimer(callback, delayMs),
};
