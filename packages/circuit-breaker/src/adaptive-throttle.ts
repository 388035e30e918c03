import {
  type Call,
  type CallOptions,
  type Duration,
  executeUnder,
  guarded,
  type Next,
  numberOption,
  type Operation,
  type Policy,
  type Random,
  systemRandom,
  systemTime,
  type Time,
} from '@chimera/policy';
import { type Classify, classifyAbort, classifyError } from './classify.ts';
import { rejectionProbability } from './rejection-probability.ts';
import { ThrottledError } from './throttled-error.ts';
import { type TimeWindow, timeWindow } from './time-window.ts';
import type { FailureDetector } from './failure-detector.ts';

export interface AdaptiveThrottleOptions {
  /** Named in errors. Default 'throttle'. */
  readonly name?: string;
  /** How many calls are let through for each one that succeeds. Default 2; closer to 1 rejects sooner. */
  readonly multiplier?: number;
  /** The time looked back on. Default '2m'. */
  readonly span?: Duration;
  /** What an error counts as. Default: that of the breaker. */
  readonly classifyError?: Classify;
}

export interface AdaptiveThrottleDeps {
  readonly clock?: Time;
  readonly random?: Random;
}

/**
 * The gradual breaker: of calls to a dependency that fails in part it refuses a part, by chance, so
 * that it is called about `multiplier` times as often as it succeeds. Needs no probing: what it lets
 * through tells when the dependency is back (client-side throttling, Site Reliability Engineering,
 * chapter 21).
 */
export class AdaptiveThrottle implements Policy {
  readonly name: string;
  readonly #multiplier: number;
  readonly #classifyError: Classify;
  readonly #clock: Time;
  readonly #random: Random;
  readonly #history: FailureDetector<TimeWindow>;
  #window: TimeWindow;

  /** @throws RangeError when an option is wrong. */
  constructor(options: AdaptiveThrottleOptions = {}, deps: AdaptiveThrottleDeps = {}) {
    this.name = options.name ?? 'throttle';
    this.#multiplier = numberOption('adaptive-throttle', 'multiplier', options.multiplier ?? 2, 1);
    this.#classifyError = options.classifyError ?? classifyError;
    this.#clock = deps.clock ?? systemTime;
    this.#random = deps.random ?? systemRandom;
    this.#history = timeWindow({ span: options.span ?? 120_000, buckets: 24 });
    this.#window = this.#history.empty;
  }

  /** The share of calls that is refused now. */
  get rejectionProbability(): number {
    const { calls, failures } = this.#history.counts(this.#window, this.#clock.monotonic());
    return rejectionProbability(calls, calls - failures, this.#multiplier);
  }

  /** Runs the operation, or rejects with `ThrottledError` without calling it. */
  execute<T>(operation: Operation<T>, options?: CallOptions): Promise<T> {
    return executeUnder(this, operation, options);
  }

  run<T>(call: Call<T>, next: Next): Promise<T> {
    const probability = this.rejectionProbability;
    if (probability > 0 && this.#random() < probability) {
      // A refused call was asked for as well: it is what keeps the share of refusals up.
      this.#record(true);
      const error = new ThrottledError(this.name, probability);
      call.trail?.push({ policy: this.name, action: 'reject', reason: error.message });
      return Promise.reject(error);
    }
    return next(call).then(
      (result) => {
        if (!call.aborted) this.#record(false);
        else if (classifyAbort(call.abortReason) === 'failure') this.#record(true);
        return result;
      },
      (error: unknown) => {
        const verdict = call.aborted
          ? classifyAbort(call.abortReason)
          : (guarded(this.#classifyError, error) ?? 'failure');
        if (verdict !== 'ignored') this.#record(verdict !== 'success');
        throw error;
      },
    );
  }

  #record(failed: boolean): void {
    const at = this.#clock.monotonic();
    this.#window = this.#history.record(this.#window, failed, at, Number.NaN);
  }
}
