/** What tells the time. */
export interface Time {
  /** Wall-clock time in ms since the Unix epoch: for instants that are stored or shown. It can jump. */
  now(): number;
  /** Monotonic time in ms from an arbitrary origin: for durations and deadlines. It never goes back. */
  monotonic(): number;
}

/** Where a policy gets its time from. Inject {@link VirtualClock} in tests, `systemClock` is the default. */
export interface Clock extends Time {
  /** Calls back once, `delayMs` from now; delays beyond 2^31-1 ms are kept exactly. */
  setTimer(callback: () => void, delayMs: number): Timer;
}

export interface Timer {
  /** Idempotent; a cancelled timer never calls back. */
  cancel(): void;
  /** Makes the timer idle: it still calls back, but nothing waits for it, so it does not keep a process alive. */
  unref?(): void;
  /** Undoes `unref`. */
  ref?(): void;
}

/** A source of uniform numbers in [0, 1), like `Math.random`. */
export type Random = () => number;
