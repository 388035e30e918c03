import { isRejection, refuseOption } from '@chimera/policy';
import type { BackoffStep } from './backoff.ts';
import type { RetrySettings } from './options.ts';

/** Why there is a retry, or what set its delay: a refusal's `retryAfterMs`, or the server's hint. */
export type RetryReason = 'error' | 'result' | 'rejection' | 'hint';

export type StopReason =
  'aborted' | 'not-retryable' | 'max-retries' | 'max-elapsed' | 'deadline' | 'budget';

export type RetryDecision =
  | { readonly retry: true; readonly delayMs: number; readonly reason: RetryReason }
  | { readonly retry: false; readonly reason: StopReason };

/** The rules of one policy, checked. */
export type RetryRules = Pick<
  RetrySettings,
  'maxRetries' | 'backoff' | 'retryIf' | 'stopIf' | 'delayHint'
>;

/** A failed attempt, and where its call stands. */
export interface Failure extends BackoffStep {
  /** Retries made so far: 0 after the first attempt. */
  readonly retries: number;
  readonly phase?: string | undefined;
  /** The wall clock's, for hints. */
  readonly nowMs: number;
  /** Until the caller's deadline, in ms; Infinity without one. */
  readonly remainingMs: number;
  /** Until `maxElapsed` has passed, in ms; Infinity without one. */
  readonly spareMs: number;
}

/** Whether, when and why there is another attempt. Pure but for what it draws from `failure.random`. */
export function decide(rules: RetryRules, failure: Failure): RetryDecision {
  const { error, nowMs, phase, remainingMs, retries, spareMs } = failure;
  const name = (error as Partial<Error> | null | undefined)?.name;
  if (name === 'AbortError') return stop('aborted');
  const isResult = name === 'UnwantedResult';
  if (!isResult && (rules.stopIf?.(error, phase) || rules.retryIf?.(error, phase) === false)) {
    return stop('not-retryable');
  }
  if (retries >= rules.maxRetries) return stop('max-retries');

  let delayMs = rules.backoff(retries + 1, failure);
  if (!(delayMs >= 0 && delayMs < Infinity)) {
    refuseOption('retry-policy', 'backoff', 'ms >= 0', delayMs);
  }
  let reason: RetryReason = isResult ? 'result' : 'error';
  // A refusal knows when it ends: coming earlier is only refused again.
  const isRefusal = isRejection(error);
  const askedMs = (isRefusal ? error.retryAfterMs : rules.delayHint?.(error, nowMs, delayMs)) ?? 0;
  if (askedMs > delayMs) {
    delayMs = askedMs;
    reason = isRefusal ? 'rejection' : 'hint';
  }

  if (delayMs > spareMs) return stop('max-elapsed');
  if (delayMs >= remainingMs) return stop('deadline');
  return { retry: true, delayMs, reason };
}

export function stop(reason: StopReason): RetryDecision {
  return { retry: false, reason };
}
