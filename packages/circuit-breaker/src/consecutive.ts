import { integerOption } from '@chimera/policy';
import type { FailureDetector } from './failure-detector.ts';

/**
 * Opens when `failures` calls in a row have failed; any success starts the count again. Default 5.
 * Its window is the number of failures in a row.
 */
export function consecutive(failures: number = 5): FailureDetector<number> {
  const threshold = integerOption('circuit-breaker', 'failureThreshold', failures, 1);
  return {
    shape: 'consecutive',
    measures: 'order',
    empty: 0,
    record: (inARow, failed) => (failed ? inARow + 1 : 0),
    tripReason: (inARow) => (inARow >= threshold ? 'failures in a row' : undefined),
    counts: (inARow) => ({ calls: inARow, failures: inARow, slow: 0 }),
  };
}
