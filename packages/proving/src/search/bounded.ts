import type { Clock } from '@chimera/policy';
import type { ClientOf } from '../sim/clients/client.ts';
import type { ServerOf } from '../sim/servers/server.ts';

/** Of attempts that follow at once from a refusal at once: more of them, and the stack overflows. */
const deepest = 500;

/**
 * Bounds what a run may come to. A trace that is drawn may make a policy send without end, and a
 * simulation of that has none either: past the bound nothing is answered and no timer fires, so that
 * it falls quiet, and the run says nothing.
 */
export class Bounded {
  isCutOff = false;
  readonly #most: number;
  #attempts = 0;
  #depth = 0;
  #timers = 0;

  constructor(most: number) {
    this.#most = most;
  }

  server(of: ServerOf): ServerOf {
    return (site) => {
      const server = of(site);
      return {
        heedsAborts: server.heedsAborts === true,
        take: (request) => {
          this.#attempts += 1;
          this.#depth += 1;
          if (this.#depth > deepest) this.isCutOff = true;
          if (this.#isWithin(this.#attempts) && this.#depth <= deepest) server.take(request);
          this.#depth -= 1;
        },
      };
    };
  }

  client(of: ClientOf): ClientOf {
    return (site, index) => of({ ...site, clock: this.#clock(site.clock) }, index);
  }

  /** An attempt of a pipeline has a few timers: its timeout, a delay, a queue. */
  #clock(clock: Clock): Clock {
    return {
      now: () => clock.now(),
      monotonic: () => clock.monotonic(),
      setTimer: (callback, delayMs) => {
        this.#timers += 1;
        return this.#isWithin(this.#timers / 4)
          ? clock.setTimer(callback, delayMs)
          : { cancel: nothing, ref: nothing, unref: nothing };
      },
    };
  }

  #isWithin(count: number): boolean {
    if (count > this.#most) this.isCutOff = true;
    return count <= this.#most;
  }
}

function nothing(): void {}
