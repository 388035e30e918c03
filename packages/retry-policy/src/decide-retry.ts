import { decide, type RetryDecision } from './decide.ts';
import type { RetryPolicy } from './retry-policy.ts';

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
 * What a policy's `execute` would do after this failure, for callers that store the delay instead of
 * sleeping. Changes nothing and asks no budget.
 */
export function decideRetry(policy: RetryPolicy, attempt: FailedAttempt): RetryDecision {
  const { settings, random, clock } = policy;
  const { elapsedMs, remainingMs = Infinity } = attempt;
  // Whole ms: fractions round, and would miss a bound that is met exactly.
  const now = Math.trunc(clock.monotonic());
  const endsAt = settings.maxElapsed?.(now - elapsedMs) ?? Infinity;
  const nowMs = clock.now();
  return decide(settings, { ...attempt, remainingMs, spareMs: endsAt - now, nowMs, random });
}
