import type { Judged } from './judge-trace.ts';
import { smallerTraces } from './smaller-traces.ts';
import type { Trace, TraceSpace } from './trace.ts';
import type { Trials } from './trials.ts';

export interface ProvenTrace {
  readonly trace: Trace;
  /** By fresh seeds. */
  readonly judged: Judged;
}

/**
 * Makes a trace that does harm as small as it can be: takes the first smaller one that still does,
 * until there is none. Not minimal when the evaluations ended before that.
 */
export async function shrinkTrace(
  found: ProvenTrace,
  trials: Trials,
  space: TraceSpace,
  evaluations: number,
): Promise<ProvenTrace & { readonly isMinimal: boolean }> {
  const until = trials.evaluations + evaluations;
  const smaller = async (trace: Trace): Promise<ProvenTrace | 'none' | 'unknown'> => {
    for (const candidate of smallerTraces(trace, space)) {
      if (trials.evaluations >= until) return 'unknown';
      const { proven } = await trials.try(candidate);
      if (proven !== undefined) return { trace: candidate, judged: proven };
    }
    return 'none';
  };
  for (let best = found; ;) {
    const next = await smaller(best.trace);
    if (typeof next === 'string') return { ...best, isMinimal: next === 'none' };
    best = next;
  }
}
