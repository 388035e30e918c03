/**
 * An exponential moving average over about `window` calls, as Finagle's failure accrual keeps it:
 * the share of successes, in which a call that is n calls old weighs exp(-n / window).
 */
export interface MovingAverage {
  readonly successes: number;
  readonly isEmpty: boolean;
}

export const noCalls: MovingAverage = { successes: 1, isEmpty: true };

export function withCall(average: MovingAverage, window: number, failed: boolean): MovingAverage {
  const weight = average.isEmpty ? 0 : Math.exp(-1 / window);
  const successes = average.successes * weight + (failed ? 0 : 1 - weight);
  return { successes, isEmpty: false };
}
