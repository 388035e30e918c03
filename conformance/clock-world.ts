import { type Clock, VirtualClock } from '@chimera/policy';
import type { World } from './world.ts';

/** For libraries that are given their clock. */
export class ClockWorld implements World {
  readonly random: () => number;
  readonly clock: Clock;
  wakeups = 0;
  readonly #time: VirtualClock = new VirtualClock(Date.UTC(2026, 0, 1));

  constructor(random: () => number) {
    const time = this.#time;
    this.random = random;
    this.clock = {
      now: () => time.now(),
      monotonic: () => time.monotonic(),
      setTimer: (callback, delayMs) =>
        time.setTimer(() => {
          this.wakeups += 1;
          callback();
        }, delayMs),
    };
  }

  now(): number {
    return this.#time.monotonic();
  }

  advance(ms: number): Promise<void> {
    return this.#time.advance(ms);
  }

  at(inMs: number, callback: () => void): void {
    this.#time.setTimer(callback, inMs);
  }

  jumpWall(ms: number): void {
    this.#time.jumpWall(ms);
  }

  close(): void {}
}
