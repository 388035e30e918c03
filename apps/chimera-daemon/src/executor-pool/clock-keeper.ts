import type { Clock, Timer } from '@chimera/policy';
import type { Logger } from '../log.ts';
import { wakeAfter, type WakingStore } from '../wake-waiting.ts';

export interface ClockKeeperDeps {
  readonly store: WakingStore;
  readonly clock: Clock;
  readonly log: Logger;
  /** What waited can be claimed. */
  readonly onWoken: () => void;
}

const everyMs = 5_000;
/** A clock that is kept right goes back by less. */
const toleranceMs = 1_000;

/**
 * Looks after a wall clock that is set back, before the start or later: what waits until an instant
 * of the wrong one, for a retry or a breaker, would wait for as long as that clock was ahead. It is
 * woken, and waits anew if there is still a reason to.
 */
export class ClockKeeper {
  readonly #deps: ClockKeeperDeps;
  #timer: Timer | undefined;
  #isStopped = true;
  #latest = Infinity;

  constructor(deps: ClockKeeperDeps) {
    this.#deps = deps;
  }

  start(): void {
    this.#isStopped = false;
    void this.#look();
  }

  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
  }

  async #look(): Promise<void> {
    const now = this.#deps.clock.now();
    try {
      if (now < this.#latest - toleranceMs) await this.#wake(now);
      this.#latest = now;
    } catch (error) {
      const { log } = this.#deps;
      log.error({ err: error, component: 'clock' }, 'what waits for a wrong clock was not woken');
    }
    if (this.#isStopped) return;
    this.#timer = this.#deps.clock.setTimer(() => void this.#look(), everyMs);
  }

  async #wake(now: number): Promise<void> {
    const { clock, log, onWoken, store } = this.#deps;
    const woken = await wakeAfter(store, now + toleranceMs, clock);
    if (woken === 0) return;
    log.warn({ component: 'clock', woken }, 'the clock was set back: what waited by it is woken');
    onWoken();
  }
}
