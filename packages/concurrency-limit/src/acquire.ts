import type { Bulkhead, BulkheadCallOptions } from './bulkhead.ts';
import { type Permit, permitOf } from './permit.ts';

/**
 * A permit for work that does not fit into a function, now or when its turn comes; rejects as
 * `execute` does. It is an operation that ends when the permit is given back, so its place is free a
 * microtask later.
 */
export function acquire(
  bulkhead: Pick<Bulkhead, 'execute'>,
  options?: BulkheadCallOptions,
): Promise<Permit> {
  return new Promise((resolve, reject) => {
    const held = () => new Promise<void>((release) => resolve(permitOf(release)));
    bulkhead.execute(held, options).catch(reject);
  });
}
