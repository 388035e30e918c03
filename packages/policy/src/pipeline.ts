import type { CallOptions, Operation } from './call.ts';
import { executeUnder, type Next, type Policy } from './policy.ts';

/**
 * Composes policies; the leftmost is outermost. `pipeline(retry, breaker, timeout)` retries calls
 * that each pass the breaker and are each timed.
 */
export function pipeline(...policies: readonly Policy[]): Policy {
  const run: Policy['run'] = (call, next) =>
    policies.reduceRight<Next>((below, policy) => (inner) => policy.run(inner, below), next)(call);
  return {
    run,
    execute: <T>(operation: Operation<T>, options?: CallOptions) =>
      executeUnder({ run }, operation, options),
  };
}
