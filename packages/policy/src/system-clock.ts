import type { Clock, Time, Timer } from './clock.ts';

/** Node and browsers turn a longer delay into 1 ms. */
const longestTimerMs = 0x7fff_ffff;

// The global is a lazy getter in Node; reading it once keeps it off the hot path.
const monotonicSource = performance;

/** What `setTimeout` returns in Node; a browser's number has no such methods. */
interface Handle {
  ref?(): void;
  unref?(): void;
}

function setSystemTimer(callback: () => void, delayMs: number): Timer {
  // Rounded up: a timer that fires before its instant has to be set again.
  let remainingMs = Math.ceil(Math.max(0, delayMs));
  let isIdle = false;
  let handle: Handle | undefined;
  const start = () => {
    const nextMs = Math.min(remainingMs, longestTimerMs);
    remainingMs -= nextMs;
    handle = setTimeout(remainingMs > 0 ? start : callback, nextMs) as unknown as Handle;
    if (isIdle) handle.unref?.();
  };
  start();
  return {
    cancel: () => clearTimeout(handle as number | undefined),
    ref: () => {
      isIdle = false;
      handle?.ref?.();
    },
    unref: () => {
      isIdle = true;
      handle?.unref?.();
    },
  };
}

/** The machine's own clocks: `Date.now` for the wall, `performance.now` for durations. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => monotonicSource.now(),
  setTimer: setSystemTimer,
};

/** The same without timers. Apart, so that a bundle holds timers only where some are set. */
export const systemTime: Time = {
  now: () => Date.now(),
  monotonic: () => monotonicSource.now(),
};
