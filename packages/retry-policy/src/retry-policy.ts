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
import { decide, type RetryDecision } from './decide.ts';
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

/** A failed attempt of a caller that keeps its own record of the call. */
export interface FailedAttempt {
  readonly error: unknown;
  /** Retries made so far: 0 after the first attempt. */
  readonly retries: number;
  /** Since the first attempt began, in ms. */
  readonly elapsedMs: number;
  /** Which step of a longer piece of work failed; for `inPhase`. */
  readonly phase?: string | undefined;
  /** Until the result is of no use any more, in ms. */
  readonly remainingMs?: number | undefined;
  /** The delay before the previous retry in ms; decorrelated backoffs build on it. */
  readonly previousDelayMs?: number | undefined;
  /** All delays so far, in ms; `smoothDecorrelated` builds on it. */
  readonly waitedMs?: number | undefined;
}

/**
 * Runs an operation again when it fails for a reason that passes, after a delay that grows and is
 * spread. The last attempt's error or result is the call's own, unchanged.
 */
export class RetryPolicy implements Policy {
  readonly #core: RetryCore;
  readonly #gave: (result: unknown) => unknown;

  /** @throws RangeError for a wrong option. */
  constructor(options?: RetryOptions, deps: RetryDeps = {}) {
    const budget =
      options?.budget === false ? undefined : (options?.budget ?? new InFlightBudget());
    this.#core = {
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
    const core = this.#core;
    const { budget, clock, settings } = core;
    const startedAt = settings.maxElapsedMs < Infinity ? clock.monotonic() : 0;
    budget?.begin();
    const isPlain = settings.attemptTimeoutMs === undefined && call.attempt === 1;
    const first = isPlain ? next(call) : runAttempt(core, call, 1, next);
    const goOn = (threw: boolean) => (value: unknown) =>
      retryLoop(core, call, next, startedAt, { threw, value });
    // The usual call gets a handler that is there already: a closure costs as much as the policy.
    const gave = settings.retryResult === undefined ? this.#gave : goOn(false);
    return first.then(gave, goOn(true)) as Promise<T>;
  }

  /**
   * What `execute` would do after this failure, for callers that store the delay instead of
   * sleeping. Changes nothing and asks no budget.
   */
  decide(attempt: FailedAttempt): RetryDecision {
    const { settings, random, clock } = this.#core;
    const hintMs = settings.delayHint?.(attempt.error, clock.now());
    return decide(settings, { ...attempt, hintMs, random });
  }

  /** Returns the function that unsubscribes. */
  subscribe(listener: Listener<RetryEvent>): () => void {
    if (this.#core.listeners === unheard) this.#core.listeners = new Listeners();
    return this.#core.listeners.subscribe(listener);
  }
}
