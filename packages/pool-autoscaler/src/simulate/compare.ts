import type { ScalingRule } from '../rule.ts';
import { scalingPolicy } from '../options.ts';
import type { Load } from './arrival.ts';
import { oracleIdleMs } from './oracle.ts';
import { type SimulatedTick, simulate, type SimulationResult } from './simulate.ts';

/** A pool size rule to put on trial. */
export interface Candidate {
  readonly name: string;
  readonly rules: ScalingRule | readonly ScalingRule[];
}

export interface ComparisonRow extends SimulationResult {
  readonly name: string;
  /** Idle slot time saved against a fixed pool of the maximum, 0…1. */
  readonly idleCut: number;
  /** The same as a share of what the oracle saves; 1 where it saves nothing. */
  readonly ofOracle: number;
  /** 99th percentile of the wait, beyond that of the fixed pool, in ms. */
  readonly addedP99WaitMs: number;
  readonly resizesPerHour: number;
  readonly ticks: readonly SimulatedTick[];
}

export interface Comparison {
  readonly load: Load;
  readonly fixed: ComparisonRow;
  readonly oracleCut: number;
  readonly rows: readonly ComparisonRow[];
}

export interface Bounds {
  readonly min: number;
  readonly max: number;
}

/** Runs every candidate on the load, next to a fixed pool of the maximum and to the oracle. */
export function compare(load: Load, candidates: readonly Candidate[], bounds: Bounds): Comparison {
  const { min, max } = bounds;
  const run = (name: string, policy: Parameters<typeof simulate>[1]) => {
    const ticks: SimulatedTick[] = [];
    const result = simulate(load.arrivals, policy, { initialSize: max, onTick: sampler(ticks) });
    return { name, ticks, ...result };
  };
  const fixed = run('fixed', scalingPolicy({ min: max, max }));
  const oracleCut = 1 - oracleIdleMs(load.arrivals, min, max) / fixed.idleMs;
  const measured = (result: ReturnType<typeof run>): ComparisonRow => {
    const idleCut = 1 - result.idleMs / fixed.idleMs;
    return {
      ...result,
      idleCut,
      ofOracle: oracleCut > 0 ? idleCut / oracleCut : 1,
      addedP99WaitMs: result.p99WaitMs - fixed.p99WaitMs,
      resizesPerHour: (result.resizes / result.endedAt) * 3_600_000,
    };
  };
  return {
    load,
    fixed: measured(fixed),
    oracleCut,
    rows: candidates.map(({ name, rules }) =>
      measured(run(name, scalingPolicy({ min, max, rules }))),
    ),
  };
}

const mostTicks = 2_000;

/** Keeps at most 2 000 ticks, evenly spread: when there are more, every other one goes. */
function sampler(ticks: SimulatedTick[]): (tick: SimulatedTick) => void {
  let every = 1;
  let count = 0;
  return (tick) => {
    if (count % every === 0) ticks.push(tick);
    count += 1;
    if (ticks.length > mostTicks) {
      const kept = ticks.filter((_, index) => index % 2 === 0);
      ticks.length = 0;
      ticks.push(...kept);
      every *= 2;
    }
  };
}
