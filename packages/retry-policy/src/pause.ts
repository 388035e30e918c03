import type { Call, Clock } from '@chimera/policy';

/** Resolves after `delayMs`, and at once when the call is aborted. */
export function pause(clock: Clock, call: Call<unknown>, delayMs: number): Promise<void> {
  return new Promise((resolve) => {
    let unlisten: (() => void) | undefined;
    const end = () => {
      timer.cancel();
      unlisten?.();
      resolve();
    };
    const timer = clock.setTimer(end, delayMs);
    unlisten = call.onAbort(end);
  });
}
