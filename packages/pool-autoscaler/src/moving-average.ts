/** The next value of an exponential moving average over an uneven interval; the first value stands for itself. */
export function movingAverage(
  before: number | undefined,
  value: number,
  elapsedMs: number,
  timeConstantMs: number,
): number {
  if (before === undefined || timeConstantMs === 0) return value;
  return before + (1 - Math.exp(-elapsedMs / timeConstantMs)) * (value - before);
}

/** What an average over so many slots asks for, without a slot for a rounding error. */
export function slotsFor(demand: number): number {
  return Math.ceil(demand - 1e-9);
}
