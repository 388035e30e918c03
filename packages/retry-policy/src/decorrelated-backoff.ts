import { durationOption } from '@chimera/policy';
import type { Backoff, GrowthOptions } from './backoff.ts';

export type DecorrelatedOptions = Pick<GrowthOptions, 'base' | 'cap'>;

/** After so many steps the walk is where it will stay: at the cap, or spread below it. */
const longestWalk = 64;

/**
 * `min(cap, random(base, 3 · previous))`: "decorrelated jitter" of the AWS Architecture Blog
 * (2015). A caller that does not tell the previous delay gets one drawn from the same walk.
 */
export function decorrelated(options: DecorrelatedOptions = {}): Backoff {
  const { baseMs, capMs } = bounds(options);
  return (retry, { random, previousDelayMs }) => {
    const step = (previous: number) =>
      Math.min(capMs, baseMs + Math.max(0, previous * 3 - baseMs) * random());
    if (previousDelayMs !== undefined) return step(previousDelayMs);
    let delayMs = baseMs;
    for (let taken = 0; taken < Math.min(retry, longestWalk); taken += 1) delayMs = step(delayMs);
    return delayMs;
  };
}

/**
 * Polly's DecorrelatedJitterBackoffV2: the instants of the retries, not the delays, are drawn, on
 * a curve that doubles and starts softly, so that many callers make a load without peaks. The
 * medians are about 0.9, 1.1, 2, 4, 8, … times the base.
 */
export function smoothDecorrelated(options: DecorrelatedOptions = {}): Backoff {
  const { baseMs, capMs } = bounds(options);
  if (baseMs === 0) return () => 0;
  const instantMs = (t: number) => (baseMs / medianOfFirst) * 2 ** t * Math.tanh(Math.sqrt(4 * t));
  return (retry, { random, waitedMs }) => {
    if (retry > longestCurve) return capMs;
    // A server's hint may have been longer than the curve: the next delay is drawn all the same.
    const latest = instantMs(retry - 1);
    const from = retry === 1 ? 0 : Math.min(latest, waitedMs ?? instantMs(retry - 2 + random()));
    const delayMs = instantMs(retry - 1 + random()) - from;
    return Math.min(capMs, Math.max(0, delayMs));
  };
}

/** The curve leaves the numbers at 2^1024; the cap has come long before. */
const longestCurve = 900;

/** Polly scales by 1/1.4 so that the first delay's median is about the base. */
const medianOfFirst = 1.4;

function bounds({ base = 1_000, cap = 30_000 }: DecorrelatedOptions) {
  return {
    baseMs: durationOption('retry-policy', 'base', base),
    capMs: durationOption('retry-policy', 'cap', cap),
  };
}
