import type { Call, Next } from '@chimera/policy';
import { runAttempt } from './attempt.ts';
import { decide, type StopReason } from './decide.ts';
import { pause } from './pause.ts';
import { denied } from './retry-budget.ts';
import type { RetryCore } from './retry-core.ts';

/** So many retries without a delay in a row are made before timers and I/O get a turn. */
const longestBurst = 32;

/** How an attempt ended: with an error that it threw, or a result. */
export interface Outcome {
  readonly threw: boolean;
  readonly value: unknown;
}

/**
 * A call from the outcome of its first attempt to its end. Only calls that fail come here: an
 * async function costs no more than the loop that its caller would write.
 */
export async function retryLoop<T>(
  core: RetryCore,
  call: Call<T>,
  next: Next,
  startedAt: number,
  outcome: Outcome,
): Promise<T> {
  const { settings, clock, random, budget, listeners } = core;
  const { name: policy, maxElapsedMs, retryResult, delayHint } = settings;
  const { deadline } = call;
  const errors: unknown[] = [];
  let retries = 0;
  let waitedMs = 0;
  let previousDelayMs: number | undefined;
  /** What the latest attempt cost the budget. */
  let cost = 0;
  let isSuccess = false;
  let isOver = false;

  // An aborted call is over for its caller, however long its attempt goes on.
  const end = () => {
    if (!isOver) budget?.end(isSuccess, cost);
    isOver = true;
  };
  const unlisten = call.isAbortable ? call.onAbort(end) : undefined;

  const stop = (reason: StopReason): T => {
    const { threw, value } = outcome;
    listeners.emit({ type: 'stopped', policy, attempts: retries + 1, reason, errors });
    if (call.aborted) {
      if (!threw) void retryResult?.discard(value, core);
      throw call.abortReason;
    }
    call.trail?.push({ policy, action: 'stop', reason, error: threw ? value : undefined });
    if (threw) throw value;
    return value as T;
  };

  try {
    for (;;) {
      const { threw, value } = outcome;
      const attempt = retries + 1;
      if (threw) errors.push(value);
      else if (retryResult?.test(value) !== true) {
        isSuccess = true;
        if (retries > 0 && listeners.isHeard) {
          listeners.emit({ type: 'recovered', policy, attempts: attempt, errors });
        }
        return value as T;
      }
      if (call.aborted) return stop('aborted');

      const error = threw ? value : undefined;
      // Clocks are read for those who asked for a bound.
      const now = deadline !== undefined || maxElapsedMs < Infinity ? clock.monotonic() : 0;
      const decision = decide(settings, {
        error,
        isResult: !threw,
        retries,
        elapsedMs: now - startedAt,
        remainingMs: deadline === undefined ? undefined : deadline - now,
        hintMs: delayHint?.(value, clock.now()),
        previousDelayMs,
        waitedMs,
        random,
      });
      if (!decision.retry) return stop(decision.reason);
      if (budget !== undefined) {
        budget.release(cost);
        cost = 0;
        const price = budget.withdraw(error);
        if (price === denied) return stop('budget');
        cost = price;
      }

      const { delayMs, reason } = decision;
      call.trail?.push({ policy, action: 'wait', reason, delayMs, error });
      if (listeners.isHeard) {
        listeners.emit({ type: 'retry', policy, attempt, delayMs, reason, error });
      }
      if (!threw) {
        await retryResult?.discard(value, core);
        outcome = { threw: true, value: undefined };
      }
      if (delayMs > 0 || attempt % longestBurst === 0) await pause(clock, call, delayMs);
      if (call.aborted) return stop('aborted');

      previousDelayMs = delayMs;
      waitedMs += delayMs;
      retries = attempt;
      try {
        outcome = { threw: false, value: await runAttempt(core, call, attempt + 1, next) };
      } catch (thrown) {
        outcome = { threw: true, value: thrown };
      }
    }
  } finally {
    unlisten?.();
    end();
  }
}
