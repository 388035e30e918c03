import type { Clock } from '@chimera/policy';

/** Lets this much time pass; rejects with the signal's reason when that comes first. */
export function pause(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return untilAborted(signal, (resolve) => {
    const timer = clock.setTimer(resolve, ms);
    return () => timer.cancel();
  });
}

/** Never answers; rejects with the signal's reason once that aborts. */
export function hang(signal: AbortSignal | undefined): Promise<never> {
  return untilAborted<never>(signal, () => () => undefined);
}

function untilAborted<T>(
  signal: AbortSignal | undefined,
  start: (resolve: (value: T) => void) => () => void,
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    if (signal?.aborted === true) {
      reject(signal.reason as Error);
      return;
    }
    const stop = start((value) => {
      signal?.removeEventListener('abort', abort);
      resolve(value);
    });
    const abort = () => {
      stop();
      reject(signal?.reason as Error);
    };
    signal?.addEventListener('abort', abort, { once: true });
  });
}
