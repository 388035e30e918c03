import type { Call, Clock, Timer } from '@chimera/policy';

/**
 * Resolves when `delayMs` have passed since `before` was done, and at once when the call is
 * aborted. The call must not have been aborted yet.
 */
export function pause(
  clock: Clock,
  call: Call<unknown>,
  delayMs: number,
  before: Promise<void> | undefined,
): Promise<void> {
  return new Promise((resolve) => {
    let timer: Timer | undefined;
    const end = () => {
      timer?.cancel();
      unlisten();
      resolve();
    };
    const unlisten = call.onAbort(end);
    const begin = () => {
      if (!call.aborted) timer = clock.setTimer(end, delayMs);
    };
    if (before === undefined) begin();
    else void before.then(begin);
  });
}
