import { integerOption, refuseOption } from '@chimera/policy';
import { decide, type ScalingPolicy } from '../decide.ts';
import { initialState } from '../state.ts';
import { type Arrival, checkArrivals } from './arrival.ts';
import { SimulatedPool } from './simulated-pool.ts';

export interface SimulationOptions {
  /** From one decision to the next, in ms; default 1 000. */
  readonly tickMs?: number;
  /** Slots at the start; default the policy's maximum. */
  readonly initialSize?: number;
  /** Called after each tick, for plots. */
  readonly onTick?: (tick: SimulatedTick) => void;
}

export interface SimulatedTick {
  readonly at: number;
  readonly size: number;
  readonly running: number;
  readonly queued: number;
}

export interface SimulationResult {
  /** Slot time without work, in ms. */
  readonly idleMs: number;
  /** Waits before the start, in ms, at these quantiles. */
  readonly p50WaitMs: number;
  readonly p99WaitMs: number;
  readonly resizes: number;
  /** When the last work was done, in ms. */
  readonly endedAt: number;
}

/**
 * Runs a load through a pool that does at once what the policy decides; the same input gives the
 * same result.
 *
 * @throws RangeError for arrivals out of order and for numbers with which it would never end.
 */
export function simulate(
  arrivals: readonly Arrival[],
  policy: ScalingPolicy,
  { tickMs = 1_000, initialSize = policy.max, onTick }: SimulationOptions = {},
): SimulationResult {
  checkArrivals(arrivals);
  if (!(tickMs > 0)) refuseOption('simulate', 'tickMs', 'a number > 0', tickMs);
  const pool = new SimulatedPool(integerOption('simulate', 'initialSize', initialSize, 0));
  let state = initialState;
  let next = 0;
  let at = 0;
  while (next < arrivals.length || pool.running + pool.queued > 0) {
    at += tickMs;
    for (let arrival = arrivals[next]; arrival !== undefined && arrival.at <= at;) {
      pool.arrive(arrival);
      next += 1;
      arrival = arrivals[next];
    }
    pool.advanceTo(at);
    const { size, running, queued, oldestWaitMs } = pool;
    const decided = decide({ size, running, queued, oldestWaitMs, at }, state, policy);
    state = decided.state;
    pool.resize(decided.decision.to);
    onTick?.({ at, size: pool.size, running, queued });
  }
  const waits = Float64Array.from(pool.waitsMs).sort();
  return {
    idleMs: pool.idleMs,
    p50WaitMs: quantile(waits, 0.5),
    p99WaitMs: quantile(waits, 0.99),
    resizes: pool.resizes,
    endedAt: at,
  };
}

function quantile(sorted: Float64Array, share: number): number {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
}
