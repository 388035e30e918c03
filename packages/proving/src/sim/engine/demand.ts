import { choiceOption, integerOption } from '@chimera/policy';
import { type Load, peakOf, rateAt } from '../../arb/load.ts';
import { onlyKnown } from '../../check/only-known.ts';
import { countOption, objectOption } from './finite-option.ts';
import { loadOption } from './load-option.ts';
import type { Site } from './site.ts';
import { samplerOf, type Times, timesOption } from './times.ts';

/** Where calls come from. */
export type Demand =
  /** An open loop: calls come whatever becomes of those before. */
  | { readonly kind: 'open'; readonly load: Load; readonly spacing: 'poisson' | 'even' }
  /** A closed loop: each user waits for the end of a call, and thinks, before the next. */
  | {
      readonly kind: 'closed';
      readonly users: number;
      readonly think: Times;
      readonly callsEach: number;
    };

/**
 * Calls that come by chance, so many a second on average.
 *
 * @throws RangeError for a rate that is none.
 */
export function poisson(load: number | Load): Demand {
  return { kind: 'open', load: loadFrom('poisson', load), spacing: 'poisson' };
}

/**
 * Calls in even distances.
 *
 * @throws RangeError for a rate that is none.
 */
export function evenly(load: number | Load): Demand {
  return { kind: 'open', load: loadFrom('evenly', load), spacing: 'even' };
}

export interface ClosedOptions {
  readonly users: number;
  /** From the end of a call to the next. Default 0. */
  readonly think?: Times;
  /** Default: on and on. */
  readonly callsEach?: number;
}

/** @throws RangeError for a wrong option. */
export function closed(options: ClosedOptions): Demand {
  objectOption('closed', 'options', options);
  const { users, think = 0, callsEach = Infinity, ...rest } = options;
  return demandOption('closed', { kind: 'closed', users, think, callsEach, ...rest });
}

function loadFrom(owner: string, load: number | Load): Load {
  return loadOption(
    owner,
    typeof load === 'number' ? { profile: 'constant', perSecond: load } : load,
  );
}

/** A demand may have been written by hand: as {@link poisson} and its like check what they are given. */
export function demandOption(owner: string, demand: Demand): Demand {
  objectOption(owner, 'demand', demand);
  choiceOption(owner, 'demand.kind', demand.kind, ['open', 'closed']);
  if (demand.kind === 'open') {
    onlyKnown(owner, 'an open demand', demand, ['kind', 'load', 'spacing']);
    choiceOption(owner, 'demand.spacing', demand.spacing, ['poisson', 'even']);
    loadOption(owner, demand.load);
  } else {
    onlyKnown(owner, 'a closed demand', demand, ['kind', 'users', 'think', 'callsEach']);
    countOption(owner, 'users', demand.users, 1);
    integerOption(owner, 'callsEach', demand.callsEach, 1);
    timesOption(owner, 'think', demand.think);
  }
  return demand;
}

/** False for calls that come on and on. */
export function hasEnd(demand: Demand): boolean {
  return demand.kind === 'closed' && demand.callsEach < Infinity;
}

/** Begins a call; `ended` is told when it is over. */
type Begin = (user: number | undefined, ended: () => void) => void;

/** Plans the calls of a demand, until an instant. */
export function planDemand(
  demand: Demand,
  site: Site,
  until: { readonly untilMs: number; readonly peakTimes: number },
  begin: Begin,
): void {
  if (demand.kind === 'closed') planClosed(demand, site, until.untilMs, begin);
  else if (demand.spacing === 'even') planEven(demand.load, site, until.untilMs, begin);
  else planPoisson(demand.load, site, until, begin);
}

function nobody(): void {}

/** By thinning (Lewis and Shedler, 1979): candidates come at the peak rate, and a share of them is real. */
function planPoisson(
  load: Load,
  { agenda, random, conditions }: Site,
  { untilMs, peakTimes }: { readonly untilMs: number; readonly peakTimes: number },
  begin: Begin,
): void {
  const isConstant = load.profile === 'constant' && peakTimes === 1;
  const peak = peakOf(load) * peakTimes;
  if (peak === 0) return;
  const meanMs = 1_000 / peak;
  const next = () => {
    const inMs = -meanMs * Math.log1p(-random());
    if (agenda.now + inMs < untilMs) agenda.after(inMs, candidate);
  };
  const candidate = () => {
    next();
    const isReal =
      (isConstant && conditions.loadTimes === 1) ||
      random() * peak < rateAt(load, agenda.now) * conditions.loadTimes;
    if (isReal) begin(undefined, nobody);
  };
  next();
}

/** While nothing comes, so often is looked whether something does. */
const lookAgainMs = 10;

function planEven(load: Load, { agenda, conditions }: Site, untilMs: number, begin: Begin): void {
  const rate = () => rateAt(load, agenda.now) * conditions.loadTimes;
  const next = () => {
    const perSecond = rate();
    const inMs = perSecond > 0 ? 1_000 / perSecond : lookAgainMs;
    if (agenda.now + inMs >= untilMs) return;
    agenda.after(inMs, () => {
      if (perSecond > 0) begin(undefined, nobody);
      next();
    });
  };
  next();
}

function planClosed(
  { users, think, callsEach }: Extract<Demand, { readonly kind: 'closed' }>,
  { agenda, random }: Site,
  untilMs: number,
  begin: Begin,
): void {
  const thinkMs = samplerOf(think, random);
  for (let user = 0; user < users; user += 1) {
    let left = callsEach;
    const call = () => {
      if (agenda.now >= untilMs) return;
      left -= 1;
      begin(user, () => {
        if (left > 0) agenda.after(thinkMs(), call);
      });
    };
    agenda.after(thinkMs(), call);
  }
}
