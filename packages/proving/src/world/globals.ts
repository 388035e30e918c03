import type { Timer } from '@chimera/policy';
import type { World } from './world.ts';

/** Longer delays overflow a platform's timer, which then fires at once. */
const longestDelayMs = 2 ** 31 - 1;

/**
 * Puts a world's time and chance in place of the globals' until the function that is returned is
 * called: for policies that take them from nowhere else. Everything else in the process sees them
 * too, so it is for the length of a run, and one run at a time.
 */
export function borrowGlobals(world: World): () => void {
  const { clock } = world;
  const set = (callback: (...given: readonly unknown[]) => void, ms: unknown, again: boolean) => {
    const delayMs = Number(ms) >= 1 && Number(ms) <= longestDelayMs ? Number(ms) : 1;
    return (...given: readonly unknown[]) => {
      const timer = new GlobalTimer(() => {
        if (again) timer.arm(clock.setTimer(timer.fire, delayMs));
        callback(...given);
      });
      timer.arm(clock.setTimer(timer.fire, delayMs));
      return timer;
    };
  };
  const RealDate = Date;
  class WorldDate extends RealDate {
    constructor(...given: readonly [] | readonly [value: number]) {
      super(...((given.length === 0 ? [clock.now()] : given) as [number]));
    }

    static override now(): number {
      return clock.now();
    }
  }
  const restorers = [
    replace(globalThis, {
      setTimeout: (callback: () => void, ms?: unknown, ...given: readonly unknown[]) =>
        set(callback, ms, false)(...given),
      setInterval: (callback: () => void, ms?: unknown, ...given: readonly unknown[]) =>
        set(callback, ms, true)(...given),
      clearTimeout: clear,
      clearInterval: clear,
      Date: WorldDate,
    }),
    replace(performance, { now: () => clock.monotonic() }),
    replace(Math, { random: world.random }),
  ];
  return () => {
    for (const restore of restorers) restore();
  };
}

function clear(timer: unknown): void {
  if (timer instanceof GlobalTimer) timer.cancel();
}

/** What the platform's `setTimeout` gives, as far as policies use it. */
class GlobalTimer {
  readonly fire: () => void;
  #timer: Timer | undefined = undefined;
  #isIdle = false;

  constructor(fire: () => void) {
    this.fire = fire;
  }

  arm(timer: Timer): void {
    this.#timer = timer;
    if (this.#isIdle) timer.unref?.();
  }

  cancel(): void {
    this.#timer?.cancel();
  }

  ref(): this {
    this.#isIdle = false;
    this.#timer?.ref?.();
    return this;
  }

  unref(): this {
    this.#isIdle = true;
    this.#timer?.unref?.();
    return this;
  }

  hasRef(): boolean {
    return !this.#isIdle;
  }
}

/** Returns what puts the former values back. */
function replace(target: object, values: Readonly<Record<string, unknown>>): () => void {
  const before = Object.keys(values).map(
    (key) => [key, Object.getOwnPropertyDescriptor(target, key)] as const,
  );
  for (const [key, value] of Object.entries(values)) {
    Object.defineProperty(target, key, { value, configurable: true, writable: true });
  }
  return () => {
    for (const [key, descriptor] of before) {
      if (descriptor === undefined) Reflect.deleteProperty(target, key);
      else Object.defineProperty(target, key, descriptor);
    }
  };
}
