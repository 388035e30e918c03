import type { Random } from '@chimera/policy';
import { type Latency, quantile } from '../../arb/latency.ts';

/** How long something takes, in ms: always the same, of a distribution, or drawn by a function. */
export type Times = number | Latency | ((random: Random) => number);

/** Ms with this mean, exponentially distributed. */
export function exponential(meanMs: number): Times {
  return { shape: 'exponential', meanMs };
}

export function samplerOf(times: Times, random: Random): () => number {
  if (typeof times === 'number') return () => times;
  if (typeof times === 'function') return () => times(random);
  if (times.shape === 'exponential') return () => -times.meanMs * Math.log1p(-random());
  return () => quantile(times, random());
}
