import { durationOption, isRejection } from '@chimera/policy';
import type { Backoff, BackoffStep } from './backoff.ts';
import type { ErrorTest } from './error-test.ts';
import { fieldOf } from './field-of.ts';

/** Why there is a retry, or what set its delay: a refusal's `retryAfterMs`, or the server's hint. */
export type RetryReason = 'error' | 'result' | 'rejection' | 'hint';

export type StopReason =
  'aborted' | 'not-retryable' | 'max-retries' | 'max-elapsed' | 'deadline' | 'budget';

export type RetryDecision =
  | { readonly retry: true; readonly delayMs: number; readonly reason: RetryReason }
  | { readonly retry: false; readonly reason: StopReason };

/** The rules of one policy, checked and in ms. */
export interface RetryRules {
  readonly maxRetries: number;
  readonly maxElapsedMs: number;
  readonly backoff: Backoff;
  readonly retryIf: ErrorTest | undefined;
  readonly stopIf: ErrorTest | undefined;
  /** A server's hint lengthens a delay by this much at most. */
  readonly hintBoundMs: number;
}

/** A failed attempt, and where its call stands. */
export interface Failure extends BackoffStep {
  /** Retries made so far: 0 after the first attempt. */
  readonly retries: number;
  /** Since the first attempt began, in ms. */
  readonly elapsedMs: number;
  /** The attempt gave a result that is not wanted; there is no error. */
  readonly isResult?: boolean | undefined;
  readonly phase?: string | undefined;
  /** How long the server asks to wait, in ms. */
  readonly hintMs?: number | undefined;
  /** Until the caller's deadline, in ms. */
  readonly remainingMs?: number | undefined;
}

/** Whether, when and why there is another attempt. Pure but for what it draws from `failure.random`. */
export function decide(rules: RetryRules, failure: Failure): RetryDecision {
  const { error, isResult, hintMs = 0, remainingMs = Infinity } = failure;
  if (isResult !== true) {
    if (isAbort(error)) return stop('aborted');
    if (rules.stopIf?.(error, failure.phase) || rules.retryIf?.(error, failure.phase) === false) {
      return stop('not-retryable');
    }
  }
  if (failure.retries >= rules.maxRetries) return stop('max-retries');

  const backoffMs = durationOption(
    'retry-policy',
    'what backoff returns',
    rules.backoff(failure.retries + 1, failure),
  );
  let delayMs = backoffMs;
  let reason: RetryReason = isResult === true ? 'result' : 'error';
  if (hintMs > delayMs) {
    delayMs = Math.min(hintMs, backoffMs + rules.hintBoundMs);
    reason = 'hint';
  }
  // A refusal knows when it ends: coming earlier is only refused again.
  const refusedMs = isRejection(error) ? (error.retryAfterMs ?? 0) : 0;
  if (refusedMs > delayMs) {
    delayMs = refusedMs;
    reason = 'rejection';
  }

  if (failure.elapsedMs + delayMs > rules.maxElapsedMs) return stop('max-elapsed');
  if (delayMs >= remainingMs) return stop('deadline');
  return { retry: true, delayMs, reason };
}

/** An abort is somebody's decision, also when a network error is its cause. */
export function isAbort(error: unknown): boolean {
  return fieldOf(error, 'name') === 'AbortError';
}

function stop(reason: StopReason): RetryDecision {
  return { retry: false, reason };
}
