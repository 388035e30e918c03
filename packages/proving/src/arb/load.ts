import { numberOption, type Random } from '@chimera/policy';

/** How many calls come in a second, over time. Durations and instants in ms. */
export type Load =
  | { readonly profile: 'constant'; readonly perSecond: number }
  /** A day and a night in each period: a sine between `low` and `high`, lowest at 0. */
  | {
      readonly profile: 'diurnal';
      readonly low: number;
      readonly high: number;
      readonly periodMs: number;
    }
  | {
      readonly profile: 'spike';
      readonly base: number;
      readonly peak: number;
      readonly fromMs: number;
      readonly forMs: number;
    }
  /** From one rate to another; stays there. */
  | {
      readonly profile: 'ramp';
      readonly from: number;
      readonly to: number;
      readonly overMs: number;
    }
  /** What was measured: the rates of spans of equal length, again and again. */
  | {
      readonly profile: 'trace';
      readonly perSecond: readonly number[];
      readonly spanMs: number;
    };

export function rateAt(load: Load, atMs: number): number {
  switch (load.profile) {
    case 'constant':
      return load.perSecond;
    case 'diurnal': {
      const turn = (1 - Math.cos((2 * Math.PI * atMs) / load.periodMs)) / 2;
      return load.low + (load.high - load.low) * turn;
    }
    case 'spike': {
      const isPeak = atMs >= load.fromMs && atMs < load.fromMs + load.forMs;
      return isPeak ? load.peak : load.base;
    }
    case 'ramp':
      return load.from + (load.to - load.from) * Math.min(1, atMs / load.overMs);
    case 'trace': {
      const span = Math.floor(atMs / load.spanMs) % load.perSecond.length;
      return load.perSecond[span] ?? 0;
    }
  }
}

/** No load has a higher rate than this at any time. */
export function peakOf(load: Load): number {
  switch (load.profile) {
    case 'constant':
      return load.perSecond;
    case 'diurnal':
      return Math.max(load.low, load.high);
    case 'spike':
      return Math.max(load.base, load.peak);
    case 'ramp':
      return Math.max(load.from, load.to);
    case 'trace':
      // No spread: a year of minutes is more than a call takes arguments.
      return load.perSecond.reduce((most, rate) => Math.max(most, rate), 0);
  }
}

/**
 * Instants at which calls come, as a Poisson process with the rate of the load, in ms: by thinning
 * (Lewis and Shedler, 1979).
 *
 * @throws RangeError for a rate that is negative, infinite or none: no instant would ever come.
 */
export function* arrivals(load: Load, untilMs: number, random: Random): Generator<number> {
  const peak = numberOption('load', 'rate', peakOf(load), 0, Number.MAX_VALUE) / 1_000;
  if (peak === 0) return;
  let at = 0;
  for (;;) {
    at -= Math.log1p(-random()) / peak;
    if (at >= untilMs) return;
    if (random() * peak * 1_000 < rateAt(load, at)) yield at;
  }
}
