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
import { DefaultBudget } from './in-flight-budget.ts';
import { defaultSettings, type RetryOptions, type RetrySettings, settingsOf } from './options.ts';
import type { RetryBudget } from './retry-budget.ts';
import type { RetryEvent } from './retry-event.ts';
import { type RetryCore, retryLoop } from './retry-loop.ts';

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
export class RetryPolicy implements Policy, RetryCore {
  // What its calls share, also with functions beside it such as `decideRetry`.
  readonly settings: RetrySettings;
  readonly clock: Clock;
  readonly random: Random;
  readonly budget: RetryBudget | undefined;
  listeners: Listeners<RetryEvent> | undefined;
  /** One handler for the results of all calls: a closure costs as much as the policy. */
  readonly #gave = <T>(result: T): T => {
    this.budget?.end(true, 0);
    return result;
  };

  /** @throws RangeError for a wrong option. */
  constructor(options?: RetryOptions, deps: RetryDeps = {}) {
    const { clock = systemClock, random = systemRandom, onEvent } = deps;
    this.settings = options === undefined ? defaultSettings : settingsOf(options);
    this.clock = clock;
    this.random = random;
    this.budget = (options?.budget ?? new DefaultBudget()) || undefined;
    if (onEvent !== undefined) this.subscribe(onEvent);
  }

  execute<T>(operation: Operation<T>, options?: CallOptions): Promise<T> {
    return executeUnder(this, operation, options);
  }

  run<T>(call: Call<T>, below: Next): Promise<T> {
    if (call.aborted) return Promise.reject(call.abortReason);
    const { attemptTimeout, maxElapsed, retryResult } = this.settings;
    const bounded = attemptTimeout?.(below, this) ?? below;
    const next = retryResult?.judge(bounded, this) ?? bounded;
    const endsAt = maxElapsed?.(this.clock.monotonic()) ?? Infinity;
    this.budget?.begin();
    // Within an attempt of another retry, which releases it, attempts are counted anew.
    const first = next(call.attempt === 1 ? call : call.child(1));
    return first.then(this.#gave, (error: unknown) => retryLoop(this, call, next, endsAt, error));
  }

  /** Returns the function that unsubscribes. */
  subscribe(listener: Listener<RetryEvent>): () => void {
    this.listeners ??= new Listeners();
    return this.listeners.subscribe(listener);
  }
}
