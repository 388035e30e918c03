import type { Interval } from '../sim/measures/interval.ts';
import type { Simulation } from '../sim/simulate.ts';
import { encodeHarm } from './harm-proof.ts';
import type { Judged, Side } from './judge-trace.ts';
import type { Measure } from './measure.ts';
import type { Settings } from './settings.ts';
import type { Trace } from './trace.ts';

/** How calls fared on one side, over all seeds. */
export interface Fared {
  /** Of the calls that came, the share that was good. */
  readonly goodShare: number;
  readonly attemptsPerCall: number;
  /** Mean; of a call that is not good, the patience. */
  readonly tookMs: number;
  /** That of the seed whose harm is the median, for `runText` and `runSvg`. */
  readonly run: Simulation;
}

/** What a trace does to a policy, by seeds that had no part in finding it. */
export interface HarmVerdict {
  readonly trace: Trace;
  /** All of the interval is at or above the margin. */
  readonly isHarm: boolean;
  readonly measure: Measure;
  readonly margin: number;
  readonly patienceMs: number;
  /** 95 %, of all seeds. */
  readonly harm: Interval;
  readonly seeds: number;
  readonly policy: Fared;
  readonly without: Fared;
  /** The `harm1:` string: `replayHarm` takes it. */
  readonly proof: string;
}

/** Undefined when a run was cut off. */
export function verdictOf(
  trace: Trace,
  judged: Judged,
  settings: Settings,
): HarmVerdict | undefined {
  const { harm, isCutOff, isHarm, pairs } = judged;
  const middle = medianOf(pairs);
  const policy = faredOf(
    pairs.map((pair) => pair.policy),
    middle?.policy,
  );
  const without = faredOf(
    pairs.map((pair) => pair.without),
    middle?.without,
  );
  if (isCutOff || policy === undefined || without === undefined) return undefined;
  const { margin, measure, patienceMs } = settings;
  const proof = encodeHarm(settings, trace);
  const seeds = pairs.length;
  return { trace, isHarm, measure, margin, patienceMs, harm, seeds, policy, without, proof };
}

/** The pair of which no more than half have more harm. */
function medianOf(pairs: Judged['pairs']): Judged['pairs'][number] | undefined {
  const sorted = pairs.toSorted((one, other) => one.harm - other.harm);
  return sorted[Math.floor(sorted.length / 2)];
}

function faredOf(sides: readonly Side[], middle: Side | undefined): Fared | undefined {
  if (middle === undefined) return undefined;
  const sum = (field: keyof Side['totals']) =>
    sides.reduce((total, { totals }) => total + totals[field], 0);
  const calls = sum('calls');
  return {
    goodShare: sum('good') / calls,
    attemptsPerCall: sum('attempts') / calls,
    tookMs: sum('tookMs') / calls,
    run: middle.run,
  };
}
