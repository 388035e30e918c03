import { choiceOption, integerOption, refuseOption } from '@chimera/policy';
import { onlyKnown } from '../check/only-known.ts';
import type { Trigger } from '../sim/engine/triggers.ts';
import { countOption, objectOption } from '../sim/engine/finite-option.ts';
import { checkSystem } from './check-system.ts';
import { evolve } from './evolve.ts';
import type { JudgedSystem } from './judge-trace.ts';
import type { Measure } from './measure.ts';
import { type JudgedBy, judgedBy, owner, type Settings, settingsFrom } from './settings.ts';
import { type Shrunk, shrinkTrace } from './shrink-trace.ts';
import { type Trace, type TraceSpace, triggerKinds } from './trace.ts';
import { Trials } from './trials.ts';
import { type HarmVerdict, verdictOf } from './verdict.ts';

export interface SearchOptions extends JudgedSystem, JudgedBy {
  /** Traces that are tried until one does harm, and again at most so many to make it smaller. Default 200. */
  readonly evaluations?: number;
  /** What may go wrong. Default: `load`, `latency`, `errors`, `capacity`; `flush` is for caches. */
  readonly kinds?: readonly Trigger['kind'][];
  /** Of how many the server is made (`shards(count, …)`), for faults that befall one. Default 1. */
  readonly shards?: number;
  /** The most triggers of a trace. Default 4. */
  readonly most?: number;
}

export interface Finding extends HarmVerdict {
  /** By the seeds that it was found by, harm is gone with any part left out, joined with another, or made smaller by a step. */
  readonly isMinimal: boolean;
}

/** What a search came to. */
export interface HarmSearch {
  /** Undefined when none was found, which proves nothing. */
  readonly finding: Finding | undefined;
  readonly searched: {
    readonly seed: number;
    /** Different traces that were tried until one did harm, or to the end. */
    readonly evaluations: number;
    /** And to make it smaller. */
    readonly shrinking: number;
    readonly simulations: number;
    /** Traces of which nothing is known, because a run sent too much. */
    readonly cutOff: number;
    readonly measure: Measure;
    readonly margin: number;
    readonly runs: number;
    readonly maxAttempts: number;
    readonly space: TraceSpace;
    /** Of the traces before, the one that came nearest, by the seeds that it was tried with. */
    readonly nearest: { readonly trace: Trace; readonly harm: number };
  };
}

const known = [
  'policy',
  'server',
  'without',
  ...judgedBy,
  'evaluations',
  'kinds',
  'shards',
  'most',
];

/**
 * Searches for a small trace of load and faults under which calls fare worse with a policy than
 * without it, by more than a margin and more surely than chance explains: the whole 95 % interval,
 * over seeds that had no part in finding the trace, is at or above the margin. Traces evolve by
 * mutation, crossover and tournaments; one that does harm is shrunk until nothing of it can be left
 * out or be made smaller. Deterministic: the same options, the same finding.
 *
 * @throws RangeError (as a rejection) for a wrong option.
 */
export async function searchHarm(options: SearchOptions): Promise<HarmSearch> {
  const { settings, space, evaluations } = checked(options);
  const trials = new Trials(options, settings);
  const { found, nearest } = await evolve(trials, space, evaluations);
  const tried = trials.evaluations;
  const shrunk = found && (await shrinkTrace(found, trials, space, evaluations));
  const shrinking = trials.evaluations - tried;
  const finding = shrunk && (await smallestProven(shrunk, trials, settings));
  const { margin, maxAttempts, measure, runs, seed } = settings;
  return {
    finding,
    searched: {
      seed,
      evaluations: tried,
      shrinking,
      simulations: trials.simulations,
      cutOff: trials.cutOff,
      measure,
      margin,
      runs,
      maxAttempts,
      space,
      nearest,
    },
  };
}

/**
 * The smallest that does harm by seeds that had no part in choosing it: the last on the way, nearly
 * always. Shrinking ends where harm is just still seen, which flatters it.
 */
async function smallestProven(
  { isMinimal, way }: Shrunk,
  trials: Trials,
  settings: Settings,
): Promise<Finding | undefined> {
  for (const [back, trace] of way.toReversed().entries()) {
    const verdict = verdictOf(trace, await trials.audit(trace), settings);
    if (verdict?.isHarm === true) return { ...verdict, isMinimal: isMinimal && back === 0 };
  }
  return undefined;
}

function checked(options: SearchOptions): {
  readonly settings: Settings;
  readonly space: TraceSpace;
  readonly evaluations: number;
} {
  objectOption(owner, 'options', options);
  onlyKnown(owner, 'the options', options, known);
  checkSystem(options);
  const settings = settingsFrom(options);
  const { evaluations = 200, kinds = triggerKinds.filter((kind) => kind !== 'flush') } = options;
  if (!Array.isArray(kinds) || kinds.length === 0) {
    refuseOption(owner, 'kinds', 'a list of at least one kind', kinds);
  }
  for (const [index, kind] of kinds.entries()) {
    choiceOption(owner, `kinds[${index}]`, kind, triggerKinds);
  }
  return {
    settings,
    evaluations: countOption(owner, 'evaluations', evaluations, 1),
    space: {
      kinds,
      shards: countOption(owner, 'shards', options.shards ?? 1, 1),
      most: integerOption(owner, 'most', options.most ?? 4, 1, 20),
      warmUpMs: settings.warmUpMs,
      traceMs: settings.traceMs,
    },
  };
}
