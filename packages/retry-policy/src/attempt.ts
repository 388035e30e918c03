import { Call, type Next } from '@chimera/policy';
import type { RetryCore } from './retry-core.ts';

/**
 * Runs one attempt. It settles as its operation does, also after an abort from above: whoever
 * aborts a call settles it, and may want what comes all the same.
 */
export function runAttempt<T>(
  core: RetryCore,
  above: Call<T>,
  attempt: number,
  next: Next,
): Promise<T> {
  const { attemptTimeout } = core.settings;
  if (attemptTimeout !== undefined) return attemptTimeout(core, above, attempt, next);
  if (above.isAbortable) {
    const call = above.child(attempt);
    return next(call).finally(() => call.release());
  }
  // Nothing can abort it, so it need not hang on the call above.
  const { operation, deadline, trail, key } = above;
  return next(new Call(operation, attempt, deadline, undefined, trail, key));
}
