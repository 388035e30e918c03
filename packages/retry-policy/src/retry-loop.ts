import type { Call, Decision, Next } from '@chimera/policy';
import { attempt } from './attempt.ts';
import { decide, type RetryDecision, type StopReason } from './decide.ts';
import { discard } from './discard.ts';
import { pause } from './pause.ts';
import { denied } from './retry-budget.ts';
import type { RetryCore } from './retry-core.ts';

/** So many retries without a delay in a row are made before timers and I/O get a turn. */
const longestBurst = 32;

/** How an attempt ended. */
export type Outcome<T> =
  | { readonly threw: true; readonly error: unknown }
  | { readonly threw: false; readonly error: undefined; readonly result: T };

/**
 * A call from the outcome of its first attempt to its end. Only calls that fail come here: an
 * async function costs no more than the loop that its caller would write.
 */
export async function retryLoop<T>(
  core: RetryCore,
  call: Call<T>,
  next: Next,
  startedAt: number,
  first: Outcome<T>,
): Promise<T> {
  const { settings, clock, budget, listeners } = core;
  const { name: policy, retryResult, maxElapsedMs, delayHint } = settings;
  const errors: unknown[] = [];
  let outcome = first;
  let attempts = 1;
  let previousDelayMs: number | undefined;
  let waitedMs = 0;
  /** What the latest attempt cost the budget. */
  let cost = 0;
  let isSuccess = false;

  const judge = (): RetryDecision => {
    const { threw, error } = outcome;
    const decision = decide(settings, {
      error,
      isResult: !threw,
      retries: attempts - 1,
      elapsedMs: maxElapsedMs < Infinity ? clock.monotonic() - startedAt : 0,
      remainingMs: call.deadline === undefined ? undefined : call.deadline - clock.monotonic(),
      hintMs: delayHint?.(threw ? error : outcome.result, clock.now()),
      random: core.random,
      previousDelayMs,
      waitedMs,
    });
    if (!decision.retry || budget === undefined) return decision;
    if (cost > 0) budget.release(cost);
    cost = budget.withdraw(error);
    return cost === denied ? { retry: false, reason: 'budget' } : decision;
  };

  const stop = (reason: StopReason): T => {
    if (listeners.isHeard) listeners.emit({ type: 'stopped', policy, attempts, reason, errors });
    if (call.aborted) {
      if (!outcome.threw) void discard(core, outcome.result);
      throw call.abortReason;
    }
    note(call, { policy, action: 'stop', reason }, outcome);
    if (outcome.threw) throw outcome.error;
    return outcome.result;
  };

  try {
    for (;;) {
      if (outcome.threw) errors.push(outcome.error);
      else if (retryResult?.(outcome.result) !== true) {
        isSuccess = true;
        if (attempts > 1) listeners.emit({ type: 'recovered', policy, attempts, errors });
        return outcome.result;
      }
      if (call.aborted) return stop('aborted');
      const decision = judge();
      if (!decision.retry) return stop(decision.reason);

      const { delayMs, reason } = decision;
      const { error } = outcome;
      note(call, { policy, action: 'wait', reason, delayMs }, outcome);
      if (listeners.isHeard) {
        listeners.emit({ type: 'retry', policy, attempt: attempts, delayMs, reason, error });
      }
      if (call.aborted) return stop('aborted');

      const disposal = outcome.threw ? undefined : discard(core, outcome.result);
      if (delayMs > 0 || disposal !== undefined || attempts % longestBurst === 0) {
        outcome = { threw: true, error };
        await pause(clock, call, delayMs, disposal);
        if (call.aborted) return stop('aborted');
      }
      previousDelayMs = delayMs;
      waitedMs += delayMs;
      attempts += 1;
      try {
        const result = await attempt(core, call, attempts, next);
        outcome = { threw: false, error: undefined, result };
      } catch (error) {
        outcome = { threw: true, error };
      }
    }
  } finally {
    budget?.end(isSuccess, Math.max(0, cost));
  }
}

function note(call: Call<unknown>, decision: Decision, { threw, error }: Outcome<unknown>): void {
  if (call.trail === undefined) return;
  const why = threw ? `${decision.reason}: ${shown(error)}` : decision.reason;
  call.trail.push({ ...decision, reason: why });
}

/** Not everything that is thrown can become text. */
function shown(error: unknown): string {
  return error instanceof Error ? String(error) : typeof error;
}
