import { median, rounded } from '../policies/median.ts';
import type { Candidate } from './candidates.ts';
import { claimed } from './engine.ts';
import type { Figures } from './measure-here.ts';
import type { Scenario } from './scenarios.ts';

/** One line of the results. */
export interface Row {
  readonly scenario: string;
  readonly candidate: string;
  /** What an acknowledged step survives. */
  readonly durability: string;
  readonly perSecond?: number;
  readonly p50Ms?: number;
  readonly p99Ms?: number;
  readonly megabytes?: number;
  /** Median of the rounds' ratios; above 1 is more per second, or later. */
  readonly ratioToBare?: number;
}

/** By round; a round that failed has none. */
export type Rounds = readonly (Figures | undefined)[];

/** Medians over the rounds; ratios are taken within a round, before the median. */
export function rowsOf(
  scenario: Scenario,
  { durability, name }: Candidate,
  rounds: Rounds,
  ofBare: Rounds,
): Row[] {
  const values = (key: keyof Figures) => rounds.map((round) => round?.[key] ?? Number.NaN);
  const middle = (key: keyof Figures, digits: number) => {
    const value = median(values(key).filter((each) => !Number.isNaN(each)));
    return Number.isNaN(value) ? undefined : rounded(value, digits);
  };
  const ratio = (key: keyof Figures) => {
    const ratios = values(key).map((value, round) => value / (ofBare[round]?.[key] ?? Number.NaN));
    const value = median(ratios.filter((each) => !Number.isNaN(each)));
    return Number.isNaN(value) ? undefined : rounded(value, 2);
  };
  const row = (what: string, figures: Omit<Row, 'scenario' | 'candidate' | 'durability'>): Row[] =>
    Object.values(figures).every((value) => value === undefined)
      ? []
      : [{ scenario: `${scenario.name}${what}`, candidate: name, durability, ...figures }];

  const rows = [
    ...row('', {
      ...optional('perSecond', middle('perSecond', 0)),
      ...optional('p50Ms', middle('p50Ms', 2)),
      ...optional('p99Ms', middle('p99Ms', 2)),
      ...optional('ratioToBare', ratio(scenario.kind === 'idle' ? 'p99Ms' : 'perSecond')),
    }),
    ...row(', before it', optional('perSecond', middle('emptyPerSecond', 0))),
    ...row(`, claim of ${claimed}`, {
      ...optional('p50Ms', middle('claimP50Ms', 2)),
      ...optional('p99Ms', middle('claimP99Ms', 2)),
    }),
    ...row(', memory grown', optional('megabytes', middle('grownMegabytes', 0))),
  ];
  // The event loop is looked at where it has most to do.
  if (scenario.concurrency !== 100 || scenario.phaseMs > 0) return rows;
  const late = row(', event loop late', {
    ...optional('p99Ms', middle('loopDelayMs', 2)),
    ...optional('ratioToBare', ratio('loopDelayMs')),
  });
  return [...rows, ...late];
}

function optional<Key extends string>(key: Key, value: number | undefined) {
  return (value === undefined ? {} : { [key]: value }) as { readonly [K in Key]?: number };
}
