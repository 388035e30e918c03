import FakeTimers from '@sinonjs/fake-timers';
import type { World } from './world.ts';

const faked = [
  'setTimeout',
  'clearTimeout',
  'setInterval',
  'clearInterval',
  'Date',
  'performance',
] as const;

/**
 * For libraries that take their time and their random numbers from globals: replaces them until
 * `close()`. One at a time.
 */
export class GlobalsWorld implements World {
  wakeups = 0;
  readonly #clock: ReturnType<typeof FakeTimers.install>;
  readonly #setTimeout: typeof setTimeout;
  readonly #random: () => number = Math.random;

  constructor(random: () => number) {
    this.#clock = FakeTimers.install({ now: Date.UTC(2026, 0, 1), toFake: [...faked] });
    this.#setTimeout = globalThis.setTimeout;
    Math.random = random;
    globalThis.setTimeout = this.#counting(globalThis.setTimeout);
    globalThis.setInterval = this.#counting(globalThis.setInterval);
  }

  now(): number {
    return performance.now();
  }

  async advance(ms: number): Promise<void> {
    await this.#clock.tickAsync(ms);
  }

  at(inMs: number, callback: () => void): void {
    this.#setTimeout(callback, inMs);
  }

  jumpWall(ms: number): void {
    this.#clock.setSystemTime(Date.now() + ms);
  }

  close(): void {
    this.#clock.uninstall();
    Math.random = this.#random;
  }

  #counting<Set extends typeof setTimeout | typeof setInterval>(set: Set): Set {
    const counted = (callback: () => void, delayMs?: number) =>
      set(() => {
        this.wakeups += 1;
        callback();
      }, delayMs);
    return counted as unknown as Set;
  }
}
