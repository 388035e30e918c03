import type { Call, Clock, Listeners, Next, Random } from '@chimera/policy';
import { decide, stop } from './decide.ts';
import type { RetrySettings } from './options.ts';
import { pause } from './pause.ts';
import { denied, type RetryBudget } from './retry-budget.ts';
import type { RetryEvent } from './retry-event.ts';

/** So many retries without a delay in a row are made before timers and I/O get a turn. */
const longestBurst = 32;

/** What the calls of one policy share. */
export interface RetryCore {
  readonly settings: RetrySettings;
  readonly clock: Clock;
  readonly random: Random;
  readonly budget: RetryBudget | undefined;
  /** Undefined until somebody subscribes; no event is built before. */
  readonly listeners: Listeners<RetryEvent> | undefined;
}

/**
 * A call from the error of its first attempt to its end. Only calls that fail come here: an async
 * function costs no more than the loop that its caller would write.
 *
 * @param endsAt no retry begins later, in monotonic ms; Infinity for no bound.
 */
export async function retryLoop<T>(
  core: RetryCore,
  call: Call<T>,
  next: Next,
  endsAt: number,
  error: unknown,
): Promise<T> {
  const { settings, clock, random } = core;
  const { name: policy, delayHint, retryResult } = settings;
  const { deadline = Infinity, trail } = call;
  /** Undefined once the call is over. */
  let { budget } = core;
  let attempts = 1;
  let waitedMs = 0;
  let previousDelayMs: number | undefined;
  /** What the latest attempt cost the budget. */
  let cost = 0;
  let isSuccess = false;

  // An aborted call is over for its caller, however long its attempt goes on.
  const end = () => {
    budget?.end(isSuccess, cost);
    budget = undefined;
  };
  const unlisten = call.isAbortable ? call.onAbort(end) : undefined;

  try {
    for (;;) {
      // The clock is read for those who asked for a bound.
      const now = Math.min(deadline, endsAt) < Infinity ? clock.monotonic() : 0;
      let decision = call.aborted
        ? stop('aborted')
        : decide(settings, {
            error,
            retries: attempts - 1,
            remainingMs: deadline - now,
            spareMs: endsAt - now,
            nowMs: delayHint === undefined ? 0 : clock.now(),
            previousDelayMs,
            waitedMs,
            random,
          });
      if (decision.retry && budget !== undefined) {
        budget.release(cost);
        cost = 0;
        const price = budget.withdraw(error);
        if (price === denied) decision = stop('budget');
        else cost = price;
      }
      if (!decision.retry) {
        const { reason } = decision;
        core.listeners?.emit({ type: 'stopped', policy, attempts, reason, error });
        if (call.aborted) {
          void retryResult?.discard(error, core);
          throw call.abortReason;
        }
        trail?.push({ policy, action: 'stop', reason, error });
        if (retryResult !== undefined) return retryResult.give(error) as T;
        throw error;
      }

      const { delayMs, reason } = decision;
      trail?.push({ policy, action: 'wait', reason, delayMs, error });
      core.listeners?.emit({ type: 'retry', policy, attempt: attempts, delayMs, reason, error });
      if (retryResult !== undefined) await retryResult.discard(error, core);
      if (delayMs > 0 || attempts % longestBurst === 0) await pause(clock, call, delayMs);
      if (call.aborted) continue;

      previousDelayMs = delayMs;
      waitedMs += delayMs;
      attempts += 1;
      const attempt = call.child(attempts);
      try {
        const value = await next(attempt);
        isSuccess = true;
        core.listeners?.emit({ type: 'recovered', policy, attempts });
        return value;
      } catch (thrown) {
        error = thrown;
      } finally {
        attempt.release();
      }
    }
  } finally {
    unlisten?.();
    end();
  }
}
