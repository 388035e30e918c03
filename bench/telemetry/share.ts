/** A share with the bounds between which it lies, in 95 of 100 such runs. */
export interface Share {
  readonly share: number;
  readonly from: number;
  readonly to: number;
}

/** Of the blocks' ratios so many are left out at either end: a block that a neighbour disturbed says nothing. */
const trimmed = 0.2;
const resamples = 1_000;

/**
 * By how much more `watched` takes than `bare`, of figures that belong together by block: the
 * trimmed mean of the blocks' ratios, with its bootstrap interval over blocks (Efron 1979). `random`
 * is seeded, so that the same figures have the same interval.
 */
export function shareOf(
  watched: readonly number[],
  bare: readonly number[],
  random: () => number,
): Share {
  const ratios = watched.map((figure, block) => figure / (bare[block] ?? Number.NaN) - 1);
  const means = Array.from({ length: resamples }, () =>
    trimmedMean(ratios.map(() => ratios[Math.floor(random() * ratios.length)] ?? Number.NaN)),
  ).toSorted((a, b) => a - b);
  return {
    share: trimmedMean(ratios),
    from: means[Math.floor(0.025 * resamples)] ?? Number.NaN,
    to: means[Math.floor(0.975 * resamples)] ?? Number.NaN,
  };
}

export function trimmedMean(sample: readonly number[]): number {
  const left = Math.floor(trimmed * sample.length);
  const kept = sample.toSorted((a, b) => a - b).slice(left, sample.length - left);
  return kept.reduce((sum, value) => sum + value, 0) / kept.length;
}
