/**
 * Two-sided 95 % quantiles of Student's t, by degrees of freedom. A table and not a library: 95 % is
 * all that is reported, and between the last rows the quantile is all but linear in 1/freedom.
 */
const table: readonly (readonly [freedom: number, quantile: number])[] = [
  [1, 12.7062],
  [2, 4.3027],
  [3, 3.1824],
  [4, 2.7764],
  [5, 2.5706],
  [6, 2.4469],
  [7, 2.3646],
  [8, 2.306],
  [9, 2.2622],
  [10, 2.2281],
  [12, 2.1788],
  [14, 2.1448],
  [16, 2.1199],
  [18, 2.1009],
  [20, 2.086],
  [24, 2.0639],
  [30, 2.0423],
  [40, 2.0211],
  [60, 2.0003],
  [120, 1.9799],
  [Infinity, 1.96],
];

/** So many standard errors to each side hold the mean with 95 % confidence. */
export function studentT(freedom: number): number {
  const above = table.findIndex(([row]) => row >= freedom);
  const [high, highT] = table[above] ?? [Infinity, 1.96];
  const [low, lowT] = table[Math.max(0, above - 1)] ?? [high, highT];
  if (high === freedom || high === low) return highT;
  const share = (1 / freedom - 1 / high) / (1 / low - 1 / high);
  return highT + share * (lowT - highT);
}
