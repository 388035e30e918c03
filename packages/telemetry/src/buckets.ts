import { refuseOption } from '@chimera/policy';

/** Seconds, from 5 ms to 10 s: what Prometheus clients take by default. */
export const durationBuckets: readonly number[] = [
  0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
];

/**
 * `count` bounds, each `factor` times the one before: `exponentialBuckets(1, 4, 14)` for tokens.
 * @throws RangeError when they would not rise.
 */
export function exponentialBuckets(
  start: number,
  factor: number,
  count: number,
): readonly number[] {
  return checkedBuckets(
    'exponentialBuckets',
    Array.from({ length: count }, (_, power) => start * factor ** power),
  );
}

/** A copy of the bounds; refuses those that do not rise from above 0. */
export function checkedBuckets(metric: string, bounds: readonly number[]): readonly number[] {
  const rise = bounds.every((bound, index) => bound > (bounds[index - 1] ?? 0) && bound < Infinity);
  if (bounds.length === 0 || !rise) {
    refuseOption(metric, 'buckets', 'finite bounds that rise from above 0', bounds.join(', '));
  }
  return [...bounds];
}
