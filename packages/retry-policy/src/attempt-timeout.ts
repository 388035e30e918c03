import type { Call, Clock, Next } from '@chimera/policy';

/** One attempt did not settle in its time. Its signal was aborted; what it gives later is dropped. */
export class AttemptTimeoutError extends Error {
  override readonly name = 'AttemptTimeoutError';
  readonly code = 'ATTEMPT_TIMEOUT';
  readonly policy: string;
  readonly attempt: number;
  readonly timeoutMs: number;

  constructor(policy: string, attempt: number, timeoutMs: number) {
    super(`${policy}: attempt ${attempt} did not settle within ${timeoutMs} ms`);
    this.policy = policy;
    this.attempt = attempt;
    this.timeoutMs = timeoutMs;
  }
}

export interface AttemptTimeout {
  readonly policy: string;
  readonly timeoutMs: number;
  readonly clock: Clock;
  /** Takes a result that came too late. */
  readonly discard: (value: unknown) => void;
}

/** Bounds each call of `next`. An abort from above settles it at once, and is told apart from the timeout. */
export function timed(next: Next, { policy, timeoutMs, clock, discard }: AttemptTimeout): Next {
  return <T>(outer: Call<T>) => {
    const endsAt = clock.monotonic() + timeoutMs;
    const call = outer.child(outer.attempt, Math.min(endsAt, outer.deadline ?? Infinity));
    return new Promise<T>((resolve, reject) => {
      let isOpen = true;
      const close = () => {
        isOpen = false;
        timer.cancel();
        call.release();
      };
      const fail = (error: unknown) => {
        if (!isOpen) return;
        close();
        reject(error);
      };
      const timer = clock.setTimer(() => {
        call.abort(new AttemptTimeoutError(policy, call.attempt, timeoutMs));
      }, timeoutMs);
      call.onAbort(fail);
      next(call).then((value) => {
        if (!isOpen) return discard(value);
        close();
        resolve(value);
      }, fail);
    });
  };
}
