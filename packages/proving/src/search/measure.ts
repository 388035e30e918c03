import type { Simulation } from '../sim/simulate.ts';

/**
 * What harm is counted in, each against the same run without the policy:
 * - `goodput`: the share of its good calls that are lost;
 * - `availability`: by how much the share of all calls that are good is lower;
 * - `latency`: how much longer calls take on average, as a share; what does not end well counts as
 *   long as callers have patience, or failing fast would be the best latency of all;
 * - `attempts`: how many more attempts reach servers, as a share.
 */
export type Measure = 'goodput' | 'availability' | 'latency' | 'attempts';

/** From how much on it is harm, unless said otherwise. */
export const margins: Readonly<Record<Measure, number>> = {
  goodput: 0.1,
  availability: 0.1,
  latency: 0.5,
  attempts: 1,
};
export const measures = Object.keys(margins) as readonly Measure[];

/** Of the calls of a run that came soon enough to be judged. */
export interface Totals {
  readonly calls: number;
  /** Calls that ended with their result before their caller's patience did. */
  readonly good: number;
  readonly attempts: number;
  /** What calls took, in ms; of one that is not good, the patience. */
  readonly tookMs: number;
}

/** Counts calls that began before an instant; it is a whole number of the run's spans. */
export function totalsOf(
  { records }: Simulation,
  { patienceMs, untilMs }: { readonly patienceMs: number; readonly untilMs: number },
): Totals {
  const { endedAt, isGood, startedAt } = records.calls;
  const calls = records.begun.between(0, untilMs);
  let good = 0;
  let tookMs = 0;
  for (let row = 0; row < endedAt.length; row += 1) {
    const began = startedAt.at(row);
    const took = endedAt.at(row) - began;
    if (isGood.at(row) === 0 || began >= untilMs || took > patienceMs) continue;
    good += 1;
    tookMs += took;
  }
  return {
    calls,
    good,
    attempts: records.attempts.between(0, untilMs),
    tookMs: tookMs + (calls - good) * patienceMs,
  };
}

/** Less than 0 where the policy helps; 0 where there is nothing to lose. */
export function harmOf(measure: Measure, policy: Totals, without: Totals): number {
  switch (measure) {
    case 'goodput':
      return without.good === 0 ? 0 : 1 - policy.good / without.good;
    case 'availability':
      return without.calls === 0 ? 0 : (without.good - policy.good) / without.calls;
    case 'latency':
      return without.tookMs === 0 ? 0 : policy.tookMs / without.tookMs - 1;
    case 'attempts':
      return without.attempts === 0 ? 0 : policy.attempts / without.attempts - 1;
  }
}
