import type { Call, Clock } from '@chimera/policy';

/** Resolves after `delayMs`, and at once when the call is aborted. */
export function pause(clock: Clock, call: Call<unknown>, delayMs: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = clock.setTimer(() => {
      unlisten();
      resolve();
    }, delayMs);
    const unlisten = call.onAbort(() => {
      timer.cancel();
      resolve();
    });
  });
}
