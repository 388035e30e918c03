import { type Duration, durationOption, integerOption } from '@chimera/policy';
import { type Backoff, exponential } from './backoff.ts';
import type { RetryRules } from './decide.ts';
import type { ErrorTest } from './error-test.ts';
import type { DelayHint } from './retry-after.ts';
import type { RetryBudget } from './retry-budget.ts';
import type { Unwanted } from './unwanted.ts';
import type { AttemptBound } from './within.ts';

export interface RetryOptions {
  /** For events and messages. Default `'retry'`. */
  readonly name?: string;
  /** Attempts after the first; Infinity for no bound. Default 3. */
  readonly maxRetries?: number;
  /** No retry begins later than this after the first attempt began. Default: no bound. */
  readonly maxElapsed?: Duration;
  /** Bound of each attempt by itself: `within('2s')`. Default: none. */
  readonly attemptTimeout?: AttemptBound;
  /** Default `exponential()`: 1 s, 2 s, 4 s, … 30 s, each ±20 %. */
  readonly backoff?: Backoff;
  /** Which errors pass with time. Default: all. An AbortError is never retried. */
  readonly retryIf?: ErrorTest;
  /** Which errors do not; goes before `retryIf`. Default: none. */
  readonly stopIf?: ErrorTest;
  /** Which results are failures: `unwanted((result) => …)`. The last one is returned all the same. Default: none. */
  readonly retryResult?: Unwanted;
  /** How long a server asks to wait; `retryAfter` reads the HTTP header. Default: servers are not asked. */
  readonly delayHint?: DelayHint;
  /** A hint lengthens the backoff's delay by this much at most, and never shortens it. Default 5 000 ms. */
  readonly maxHintExtra?: Duration;
  /** What keeps retries from multiplying an outage; one budget may serve many policies. `false` for none. Default: an `InFlightBudget` of the policy's own. */
  readonly budget?: RetryBudget | false;
}

/** The options of one policy, checked and in ms. */
export interface RetrySettings extends RetryRules {
  readonly name: string;
  readonly attemptTimeout: AttemptBound | undefined;
  readonly retryResult: Unwanted | undefined;
  readonly delayHint: DelayHint | undefined;
}

const defaultBackoff = /* @__PURE__ */ exponential();
const owner = 'retry-policy';

export function settingsOf(options: RetryOptions): RetrySettings {
  const { maxElapsed } = options;
  return {
    name: options.name ?? 'retry',
    maxRetries: integerOption(owner, 'maxRetries', options.maxRetries ?? 3, 0),
    maxElapsedMs:
      maxElapsed === undefined ? Infinity : durationOption(owner, 'maxElapsed', maxElapsed),
    attemptTimeout: options.attemptTimeout,
    backoff: options.backoff ?? defaultBackoff,
    retryIf: options.retryIf,
    stopIf: options.stopIf,
    retryResult: options.retryResult,
    delayHint: options.delayHint,
    hintBoundMs: durationOption(owner, 'maxHintExtra', options.maxHintExtra ?? 5_000),
  };
}

/** What most policies use; they share one. */
export const defaultSettings: RetrySettings = /* @__PURE__ */ settingsOf({});
