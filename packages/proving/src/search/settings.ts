import {
  choiceOption,
  durationOption,
  type Duration,
  integerOption,
  numberOption,
  refuseOption,
} from '@chimera/policy';
import { type Load, peakOf } from '../arb/load.ts';
import { countOption, positiveOption } from '../sim/engine/finite-option.ts';
import { loadOption } from '../sim/engine/load-option.ts';
import { margins, type Measure, measures } from './measure.ts';

/** By what a trace is judged. */
export interface JudgedBy {
  /** Calls per second on an ordinary day, or a profile; they come by chance. */
  readonly load: number | Load;
  /** How many clients there are, each with policies of its own. Default 1. */
  readonly clients?: number;
  /** How long a caller waits: what ends later is not good. Default 5 s. */
  readonly patience?: Duration;
  /** What harm is counted in. Default `'goodput'`. */
  readonly measure?: Measure;
  /** From how much on it is harm. Default 0.1 of goodput and availability, 0.5 of latency, 1 of attempts. */
  readonly margin?: number;
  /** An ordinary time before the trace. Default 5 s. */
  readonly warmUp?: Duration;
  /** How long a trace may last. Default 20 s. */
  readonly traceFor?: Duration;
  /** An ordinary time after it, in which to come back. Default 20 s. */
  readonly settleFor?: Duration;
  /** Seeds by which a trace is tried, from 3 on; what is found is told by five times as many others. Default 5. */
  readonly runs?: number;
  /** The same seed, the same search. Default 1. */
  readonly seed?: number;
  /** A run that sends more is cut off, and says nothing. Default 200 000. */
  readonly maxAttempts?: number;
}

/** The same, checked and complete; plain JSON. */
export interface Settings {
  readonly load: number | Load;
  readonly clients: number;
  readonly patienceMs: number;
  readonly measure: Measure;
  readonly margin: number;
  readonly warmUpMs: number;
  readonly traceMs: number;
  readonly settleMs: number;
  readonly runs: number;
  readonly seed: number;
  readonly maxAttempts: number;
}

export const owner = 'search';
/** Series of the runs are kept in spans of this length. */
export const spanMs = 500;

export const judgedBy: readonly string[] = [
  'load',
  'clients',
  'patience',
  'measure',
  'margin',
  'warmUp',
  'traceFor',
  'settleFor',
  'runs',
  'seed',
  'maxAttempts',
];

/** @throws RangeError that names the option: `search: runs must be an integer from 3 to 100, got 1` */
export function settingsFrom(options: JudgedBy): Settings {
  const { clients = 1, load, maxAttempts = 200_000, measure = 'goodput', runs = 5 } = options;
  const { patience = '5s', seed = 1, settleFor = '20s', traceFor = '20s', warmUp = '5s' } = options;
  choiceOption(owner, 'measure', measure, measures);
  const settings: Settings = {
    load: typeof load === 'object' ? loadOption(owner, load) : positiveOption(owner, 'load', load),
    clients: countOption(owner, 'clients', clients, 1),
    patienceMs: durationOption(owner, 'patience', patience, 1),
    measure,
    margin: marginOption(measure, options.margin),
    warmUpMs: durationOption(owner, 'warmUp', warmUp),
    traceMs: durationOption(owner, 'traceFor', traceFor, 500),
    settleMs: durationOption(owner, 'settleFor', settleFor, 1),
    runs: integerOption(owner, 'runs', runs, 3, 100),
    seed: integerOption(owner, 'seed', seed, 0, 2 ** 32 - 1),
    maxAttempts: countOption(owner, 'maxAttempts', maxAttempts, 1),
  };
  if (settings.patienceMs > settings.settleMs) {
    refuseOption(owner, 'patience', `at most settleFor (${settings.settleMs} ms)`, patience);
  }
  const peak = typeof load === 'number' ? load : peakOf(load);
  const calls = Math.ceil((peak * runForMs(settings)) / 1_000);
  if (calls > maxAttempts) {
    const most = Math.floor((1_000 * maxAttempts) / runForMs(settings));
    refuseOption(owner, 'load', `at most ${most}/s for maxAttempts of ${maxAttempts}`, peak);
  }
  return settings;
}

export function runForMs({ settleMs, traceMs, warmUpMs }: Settings): number {
  return warmUpMs + traceMs + settleMs;
}

function marginOption(measure: Measure, margin: number | undefined): number {
  if (margin === undefined) return margins[measure];
  positiveOption(owner, 'margin', margin);
  return measure === 'goodput' || measure === 'availability'
    ? numberOption(owner, 'margin', margin, 0, 1)
    : margin;
}
