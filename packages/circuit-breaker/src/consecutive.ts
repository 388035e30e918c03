import { integerOption } from '@chimera/policy';
import type { FailureDetector, TripReason, WindowCounts } from './failure-detector.ts';

/** Opens when `failures` calls in a row have failed; any success starts the count again. Default 5. */
export function consecutive(failures: number = 5): FailureDetector<number> {
  return new Consecutive(integerOption('circuit-breaker', 'failureThreshold', failures, 1));
}

/** Its window is the number of failures in a row. */
class Consecutive implements FailureDetector<number> {
  readonly shape = 'consecutive';
  readonly measures = 'order';
  readonly slow = undefined;
  readonly empty = 0;
  readonly #threshold: number;

  constructor(threshold: number) {
    this.#threshold = threshold;
  }

  record(inARow: number, failed: boolean): number {
    return failed ? inARow + 1 : 0;
  }

  tripReason(inARow: number): TripReason | undefined {
    return inARow >= this.#threshold ? 'failures in a row' : undefined;
  }

  counts(inARow: number): WindowCounts {
    return { calls: inARow, failures: inARow, slow: 0 };
  }

  shift(inARow: number): number {
    return inARow;
  }
}
