import { Call, type Next, TimeoutError, type Timer } from '@chimera/policy';
import { discard } from './discard.ts';
import type { RetryCore } from './retry-core.ts';

/**
 * Runs one attempt as a call of its own. An abort from above and the attempt's timeout settle it
 * at once, and are told apart by what it rejects with; a result that comes later is disposed of.
 */
export function attempt<T>(
  core: RetryCore,
  above: Call<T>,
  number: number,
  next: Next,
): Promise<T> {
  const { name, attemptTimeoutMs } = core.settings;
  const { operation, deadline = Infinity, trail, key } = above;
  if (attemptTimeoutMs !== undefined) {
    const endsAt = core.clock.monotonic() + attemptTimeoutMs;
    const call = above.child(number, Math.min(endsAt, deadline));
    const strike = () => call.abort(new TimeoutError(name, attemptTimeoutMs));
    return cuttable(core, call, next, core.clock.setTimer(strike, attemptTimeoutMs));
  }
  if (above.isAbortable) return cuttable(core, above.child(number), next, undefined);
  // Nothing can abort it, so it need not hang on the call above, and be released from it.
  return next(new Call(operation, number, above.deadline, undefined, trail, key));
}

function cuttable<T>(
  core: RetryCore,
  call: Call<T>,
  next: Next,
  timer: Timer | undefined,
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const close = () => {
      timer?.cancel();
      call.release();
    };
    call.onAbort((reason) => {
      timer?.cancel();
      reject(reason);
    });
    next(call).then(
      (value) => {
        if (call.aborted) void discard(core, value);
        close();
        resolve(value);
      },
      (error: unknown) => {
        close();
        reject(error);
      },
    );
  });
}
