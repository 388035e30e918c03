import { smallerTraces } from './smaller-traces.ts';
import type { Trace, TraceSpace } from './trace.ts';
import type { Trials } from './trials.ts';

export interface Shrunk {
  /** Each smaller than the one before; the first is what was found. */
  readonly way: readonly [Trace, ...Trace[]];
  /** Nothing that is smaller than the last does harm. */
  readonly isMinimal: boolean;
}

/**
 * Makes a trace that does harm as small as it can be: takes the first smaller one that still does,
 * until there is none. Not minimal when the evaluations ended before that.
 */
export async function shrinkTrace(
  found: Trace,
  trials: Trials,
  space: TraceSpace,
  evaluations: number,
): Promise<Shrunk> {
  const until = trials.evaluations + evaluations;
  const smaller = async (trace: Trace): Promise<Trace | 'none' | 'unknown'> => {
    for (const candidate of smallerTraces(trace, space)) {
      if (trials.evaluations >= until) return 'unknown';
      if ((await trials.try(candidate)).isHarm) return candidate;
    }
    return 'none';
  };
  const way: [Trace, ...Trace[]] = [found];
  for (let smallest = found; ;) {
    const next = await smaller(smallest);
    if (typeof next === 'string') return { way, isMinimal: next === 'none' };
    way.push(next);
    smallest = next;
  }
}
