import { integerOption, numberOption } from '@chimera/policy';
import { type LimitBounds, limitBounds, type LimitBoundsOptions, within } from './limit-bounds.ts';
import type { LimitRule, LimitState, Sample } from './limit-rule.ts';
import { owner } from './owner.ts';

/** Steps, in calls, as functions of the limit. */
export interface VegasSteps {
  /** A queue of up to this is none: the limit grows by `beta`. Default {@link logRoot}. */
  readonly threshold?: (limit: number) => number;
  /** A shorter queue is small: the limit grows. Default 3 × {@link logRoot}. */
  readonly alpha?: (limit: number) => number;
  /** A longer queue is too long: the limit falls. Default 6 × {@link logRoot}. */
  readonly beta?: (limit: number) => number;
  /** The next limit when it grows. Default: more by {@link logRoot}. */
  readonly increase?: (limit: number) => number;
  /** The next limit when it falls. Default: less by {@link logRoot}. */
  readonly decrease?: (limit: number) => number;
}

/** Defaults: 20 to begin with, from 1 to 1000. */
export interface VegasOptions extends LimitBoundsOptions, VegasSteps {
  /** How much of a step is made. More than 0, at most 1, the default. */
  readonly smoothing?: number;
  /** The time without load is measured anew after about `probeMultiplier` × limit calls. Default 30. */
  readonly probeMultiplier?: number;
}

export interface VegasState extends LimitState {
  /** The shortest time seen since the last probe; null before the first call. */
  readonly noLoadMs: number | null;
  readonly callsSinceProbe: number;
  /** From 0.5 to 1: probes of a fleet must not fall together. */
  readonly probeJitter: number;
}

/** The published scale of steps: the whole part of the decimal logarithm, at least 1; from 1000 on of the square root. */
export function logRoot(limit: number): number {
  const whole = Math.floor(limit);
  return whole < 1_000 ? Math.max(1, Math.floor(Math.log10(whole))) : Math.floor(Math.sqrt(whole));
}

/**
 * Estimates how many calls queue on the other side, `limit × (1 − shortest time / time)`, and keeps
 * that between `alpha` and `beta` (TCP Vegas, Brakmo and Peterson, 1995). Numbers of Netflix's
 * concurrency-limits, VegasLimit.
 */
export function vegas(options: VegasOptions = {}): LimitRule<VegasState> {
  const { smoothing = 1, probeMultiplier = 30 } = options;
  return new Vegas(
    limitBounds(options, { initial: 20, min: 1, max: 1_000 }),
    {
      threshold: options.threshold ?? logRoot,
      alpha: options.alpha ?? ((limit) => 3 * logRoot(limit)),
      beta: options.beta ?? ((limit) => 6 * logRoot(limit)),
      increase: options.increase ?? ((limit) => limit + logRoot(limit)),
      decrease: options.decrease ?? ((limit) => limit - logRoot(limit)),
    },
    numberOption(owner, 'smoothing', smoothing, 0.001, 1),
    integerOption(owner, 'probeMultiplier', probeMultiplier, 1, 1_000_000),
  );
}

class Vegas implements LimitRule<VegasState> {
  readonly shape = 'vegas';
  readonly initial: VegasState;
  readonly #bounds: LimitBounds;
  readonly #steps: Required<VegasSteps>;
  readonly #smoothing: number;
  readonly #probeMultiplier: number;

  constructor(
    bounds: LimitBounds,
    steps: Required<VegasSteps>,
    smoothing: number,
    probeMultiplier: number,
  ) {
    const { initial } = bounds;
    this.initial = { limit: initial, noLoadMs: null, callsSinceProbe: 0, probeJitter: 1 };
    this.#bounds = bounds;
    this.#steps = steps;
    this.#smoothing = smoothing;
    this.#probeMultiplier = probeMultiplier;
  }

  after(state: VegasState, { rttMs, inFlight, isDropped, random }: Sample): VegasState {
    const { limit, noLoadMs, probeJitter } = state;
    const callsSinceProbe = state.callsSinceProbe + 1;
    if (probeJitter * this.#probeMultiplier * limit <= callsSinceProbe) {
      return { limit, noLoadMs: rttMs, callsSinceProbe: 0, probeJitter: 0.5 + random / 2 };
    }
    if (noLoadMs === null || rttMs < noLoadMs) {
      return { limit, noLoadMs: rttMs, callsSinceProbe, probeJitter };
    }
    const queued = Math.ceil(limit * (1 - noLoadMs / rttMs));
    const wanted = within(this.#wanted(limit, queued, inFlight, isDropped), this.#bounds);
    const next = limit + this.#smoothing * (wanted - limit);
    return { limit: next, noLoadMs, callsSinceProbe, probeJitter };
  }

  bounded(state: VegasState): VegasState {
    return { ...state, limit: within(state.limit, this.#bounds) };
  }

  #wanted(limit: number, queued: number, inFlight: number, isDropped: boolean): number {
    const { threshold, alpha, beta, increase, decrease } = this.#steps;
    if (isDropped) return decrease(limit);
    // Who uses less than half of it learns nothing about the rest.
    if (inFlight * 2 < limit) return limit;
    const whole = Math.floor(limit);
    if (queued <= threshold(whole)) return limit + beta(whole);
    if (queued < alpha(whole)) return increase(limit);
    return queued > beta(whole) ? decrease(limit) : limit;
  }
}
