import { type Duration, durationOption } from '@chimera/policy';
import { readRetryAfter } from './read-retry-after.ts';
import { UnwantedResult } from './unwanted-result.ts';

/**
 * How long a server asks to wait, in ms; undefined when it does not say. It is taken at its word,
 * and never shortens the backoff's delay. `error` is an `UnwantedResult` where `unwanted` made one;
 * `nowMs` is the wall clock's.
 */
export type DelayHint = (error: unknown, nowMs: number, backoffMs: number) => number | undefined;

export interface RetryAfterOptions {
  /** What says how long, in ms, of an error or an unwanted result. Default `readRetryAfter`: the HTTP header. */
  readonly read?: (outcome: unknown, nowMs: number) => number | undefined;
  /** A hint lengthens the backoff's delay by this much at most. Default 5 000 ms. */
  readonly maxExtra?: Duration;
}

/**
 * Waits as long as a server asks, within bounds.
 * @throws RangeError for a wrong option.
 */
export function retryAfter(options: RetryAfterOptions = {}): DelayHint {
  const { read = readRetryAfter, maxExtra = 5_000 } = options;
  const extraMs = durationOption('retry-policy', 'maxExtra', maxExtra);
  return (error, nowMs, backoffMs) => {
    const hintMs = read(error instanceof UnwantedResult ? error.result : error, nowMs);
    return hintMs === undefined ? undefined : Math.min(hintMs, backoffMs + extraMs);
  };
}
