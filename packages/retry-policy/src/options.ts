import { integerOption } from '@chimera/policy';
import { type Backoff, defaultBackoff } from './backoff.ts';
import type { ElapsedLimit } from './elapsed.ts';
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
  /** Bound of a call's attempts and delays together: `elapsed('30s')`. Default: none. */
  readonly maxElapsed?: ElapsedLimit;
  /** Bound of each attempt by itself: `within('2s')`. Default: none. */
  readonly attemptTimeout?: AttemptBound;
  /** Default as `exponential()`: 1 s, 2 s, 4 s, … 30 s, each ±20 %. */
  readonly backoff?: Backoff;
  /** Which errors pass with time. Default: all. An AbortError is never retried. */
  readonly retryIf?: ErrorTest;
  /** Which errors do not; goes before `retryIf`. Default: none. */
  readonly stopIf?: ErrorTest;
  /** Which results are failures: `unwanted((result) => …)`. The last one is returned all the same. Default: none. */
  readonly retryResult?: Unwanted;
  /** How long a server asks to wait: `retryAfter()` reads the HTTP header. Default: servers are not asked. */
  readonly delayHint?: DelayHint;
  /** What keeps retries from multiplying an outage; one budget may serve many policies. `false` for none. Default: an `InFlightBudget` of the policy's own. */
  readonly budget?: RetryBudget | false;
}

/** The options of one policy, checked. */
export interface RetrySettings extends RetryOptions {
  readonly name: string;
  readonly maxRetries: number;
  readonly backoff: Backoff;
}

export function settingsOf(options: RetryOptions): RetrySettings {
  const { name = 'retry', maxRetries = 3, backoff = defaultBackoff } = options;
  integerOption('retry-policy', 'maxRetries', maxRetries, 0);
  return { ...options, name, maxRetries, backoff };
}

/** What most policies use; they share one. */
export const defaultSettings: RetrySettings = /* @__PURE__ */ settingsOf({});
