import {
  type Call,
  type CallOptions,
  type Clock,
  executeUnder,
  type Listener,
  Listeners,
  type Next,
  type Operation,
  type Policy,
  type Random,
  systemClock,
  systemRandom,
} from '@chimera/policy';
import { runAttempt } from './attempt.ts';
import { InFlightBudget } from './in-flight-budget.ts';
import { defaultSettings, type RetryOptions, settingsOf } from './options.ts';
import { type RetryCore, unheard } from './retry-core.ts';
import type { RetryEvent } from './retry-event.ts';
import { retryLoop } from './retry-loop.ts';

export interface RetryDeps {
  /** Default: the system's. */
  readonly clock?: Clock;
  /** Default: `Math.random`. */
  readonly random?: Random;
  /** Subscribed from the start. */
  readonly onEvent?: Listener<RetryEvent>;
}

/**
 * Runs an operation again when it fails for a reason that passes, after a delay that grows and is
 * spread. The last attempt's error or result is the call's own, unchanged.
 */
export class RetryPolicy implements Policy {
  /** What its calls share, for functions beside it such as `decideRetry`. */
  readonly core: RetryCore;
  readonly #gave: (result: unknown) => unknown;

  /** @throws RangeError for a wrong option. */
  constructor(options?: RetryOptions, deps: RetryDeps = {}) {
    const budget =
      options?.budget === false ? undefined : (options?.budget ?? new InFlightBudget());
    this.core = {
      settings: options === undefined ? defaultSettings : settingsOf(options),
      clock: deps.clock ?? systemClock,
      random: deps.random ?? systemRandom,
      budget,
      listeners: unheard,
    };
    if (deps.onEvent !== undefined) this.subscribe(deps.onEvent);
    this.#gave = (result) => {
      budget?.end(true, 0);
      return result;
    };
  }

  execute<T>(operation: Operation<T>, options?: CallOptions): Promise<T> {
    return executeUnder(this, operation, options);
  }

  run<T>(call: Call<T>, next: Next): Promise<T> {
    if (call.aborted) return Promise.reject(call.abortReason);
    const { core } = this;
    const { budget, clock, settings } = core;
    const startedAt = settings.maxElapsedMs < Infinity ? clock.monotonic() : 0;
    budget?.begin();
    const isPlain = settings.attemptTimeout === undefined && call.attempt === 1;
    const first = isPlain ? next(call) : runAttempt(core, call, 1, next);
    const goOn = (threw: boolean) => (value: unknown) =>
      retryLoop(core, call, next, startedAt, { threw, value });
    // The usual call gets a handler that is there already: a closure costs as much as the policy.
    const gave = settings.retryResult === undefined ? this.#gave : goOn(false);
    return first.then(gave, goOn(true)) as Promise<T>;
  }

  /** Returns the function that unsubscribes. */
  subscribe(listener: Listener<RetryEvent>): () => void {
    if (this.core.listeners === unheard) this.core.listeners = new Listeners();
    return this.core.listeners.subscribe(listener);
  }
}
