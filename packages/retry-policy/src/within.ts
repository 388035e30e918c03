import {
  type Clock,
  type Duration,
  durationOption,
  type Next,
  TimeoutError,
} from '@chimera/policy';
import { type Discarder, discarding, type DisposeOptions } from './discard.ts';

/** Runs each attempt that goes through it under a bound of its own. */
export type AttemptBound = (next: Next, policy: Discarder & { readonly clock: Clock }) => Next;

/**
 * Runs an attempt as a call of its own that has this long to settle: then its signal is aborted,
 * it rejects with a TimeoutError, and a result that comes later is disposed of. An abort from
 * above is not a timeout; it ends the time, and the attempt ends as its operation does.
 * @throws RangeError when it is less than 1 ms.
 */
export function within(timeout: Duration, { dispose }: DisposeOptions = {}): AttemptBound {
  const timeoutMs = durationOption('retry-policy', 'attemptTimeout', timeout, 1);
  const discard = discarding(dispose);
  return (next, policy) => (above) => {
    const { clock, settings } = policy;
    const endsAt = clock.monotonic() + timeoutMs;
    const call = above.child(above.attempt, Math.min(endsAt, above.deadline ?? Infinity));
    return new Promise((resolve, reject) => {
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
          if (isLate) void discard(value, policy);
          else resolve(value);
        },
        (error: unknown) => {
          settle();
          reject(error);
        },
      );
    });
  };
}
