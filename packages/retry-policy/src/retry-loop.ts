import type { Call, Decision, Next } from '@chimera/policy';
import { runAttempt } from './attempt.ts';
import { decide, type StopReason } from './decide.ts';
import { discard } from './discard.ts';
import { pause } from './pause.ts';
import { denied } from './retry-budget.ts';
import type { RetryCore } from './retry-core.ts';
import { newStanding, observe, type Outcome } from './standing.ts';

/** So many retries without a delay in a row are made before timers and I/O get a turn. */
const longestBurst = 32;

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
  const { settings, clock, budget } = core;
  const { name: policy, retryResult } = settings;
  const errors: unknown[] = [];
  const standing = newStanding(core);
  let outcome = first;
  /** What the latest attempt cost the budget. */
  let cost = 0;
  let isSuccess = false;
  let isEnded = false;

  // An aborted call is over for its caller, however long its attempt goes on.
  const end = () => {
    if (!isEnded) budget?.end(isSuccess, Math.max(0, cost));
    isEnded = true;
  };
  const unlisten = call.isAbortable ? call.onAbort(end) : undefined;

  const stop = (reason: StopReason): T => {
    const attempts = standing.retries + 1;
    if (core.listeners.isHeard)
      core.listeners.emit({ type: 'stopped', policy, attempts, reason, errors });
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
        const attempts = standing.retries + 1;
        if (attempts > 1 && core.listeners.isHeard) {
          core.listeners.emit({ type: 'recovered', policy, attempts, errors });
        }
        return outcome.result;
      }
      if (call.aborted) return stop('aborted');
      observe(core, call, startedAt, outcome, standing);
      const decision = decide(settings, standing);
      if (!decision.retry) return stop(decision.reason);
      if (budget !== undefined) {
        if (cost > 0) budget.release(cost);
        cost = budget.withdraw(outcome.error);
        if (cost === denied) return stop('budget');
      }

      const { delayMs, reason } = decision;
      const { error } = outcome;
      note(call, { policy, action: 'wait', reason, delayMs }, outcome);
      if (core.listeners.isHeard) {
        const attempt = standing.retries + 1;
        core.listeners.emit({ type: 'retry', policy, attempt, delayMs, reason, error });
      }
      if (call.aborted) return stop('aborted');

      const disposal = outcome.threw ? undefined : discard(core, outcome.result);
      if (delayMs > 0 || disposal !== undefined || (standing.retries + 1) % longestBurst === 0) {
        outcome = { threw: true, error };
        await pause(clock, call, delayMs, disposal);
        if (call.aborted) return stop('aborted');
      }
      standing.previousDelayMs = delayMs;
      standing.waitedMs += delayMs;
      standing.retries += 1;
      try {
        const result = await runAttempt(core, call, standing.retries + 1, next);
        outcome = { threw: false, error: undefined, result };
      } catch (error) {
        outcome = { threw: true, error };
      }
    }
  } finally {
    unlisten?.();
    end();
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
