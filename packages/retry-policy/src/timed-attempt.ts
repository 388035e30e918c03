import { type Call, type Next, TimeoutError } from '@chimera/policy';
import { discard } from './discard.ts';
import type { RetryCore } from './retry-core.ts';

/**
 * Runs an attempt as a call of its own that has `timeoutMs` to settle: then its signal is aborted,
 * it rejects with a TimeoutError, and a result that comes later is disposed of. An abort from
 * above is not a timeout; it ends the time, and the attempt ends as its operation does.
 */
export function timedAttempt<T>(
  core: RetryCore,
  above: Call<T>,
  attempt: number,
  timeoutMs: number,
  next: Next,
): Promise<T> {
  const { clock, settings } = core;
  const endsAt = clock.monotonic() + timeoutMs;
  const call = above.child(attempt, Math.min(endsAt, above.deadline ?? Infinity));
  return new Promise<T>((resolve, reject) => {
    let isLate = false;
    const timer = clock.setTimer(() => {
      isLate = true;
      const error = new TimeoutError(settings.name, timeoutMs);
      reject(error);
      call.abort(error);
    }, timeoutMs);
    call.onAbort(() => timer.cancel());
    const settle = () => {
      timer.cancel();
      call.release();
    };
    next(call).then(
      (value) => {
        settle();
        if (isLate) void discard(core, value);
        else resolve(value);
      },
      (error: unknown) => {
        settle();
        reject(error);
      },
    );
  });
}
