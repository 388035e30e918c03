import { type Duration, durationOption } from '@chimera/policy';

/** Told when a call begins its first attempt, says until when a retry may begin; both in monotonic ms. */
export type ElapsedLimit = (startedAt: number) => number;

/**
 * No retry begins later than this after the first attempt began.
 * @throws RangeError when it is no duration.
 */
export function elapsed(limit: Duration): ElapsedLimit {
  const limitMs = durationOption('retry-policy', 'maxElapsed', limit);
  return (startedAt) => startedAt + limitMs;
}
