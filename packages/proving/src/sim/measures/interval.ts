import { countOption } from '../engine/finite-option.ts';
import { studentT } from './student-t.ts';

/** A mean, and what holds the true one with 95 % confidence. */
export interface Interval {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

/** Of numbers that do not depend on each other, such as replications with different seeds. */
export function intervalOf(values: readonly number[]): Interval {
  const n = values.length;
  const mean = values.reduce((sum, each) => sum + each, 0) / n;
  const squares = values.reduce((sum, each) => sum + (each - mean) ** 2, 0);
  const half = n < 2 ? Infinity : studentT(n - 1) * Math.sqrt(squares / (n - 1) / n);
  return { mean, low: mean - half, high: mean + half };
}

/**
 * Of numbers of one run, of which each depends on those before: means of long batches hardly do. A
 * remainder that fills no batch is left out, at the front.
 *
 * @throws RangeError when `batches` is not an integer from 2 on: one has no spread.
 */
export function batchMeans(values: ArrayLike<number>, batches: number = 20): Interval {
  countOption('batchMeans', 'batches', batches, 2);
  const size = Math.floor(values.length / batches);
  const first = values.length - size * batches;
  return intervalOf(
    Array.from({ length: batches }, (_, batch) => {
      let sum = 0;
      for (let index = 0; index < size; index += 1)
        sum += values[first + batch * size + index] ?? 0;
      return sum / size;
    }),
  );
}
