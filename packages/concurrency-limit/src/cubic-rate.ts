import { isThrottling } from './is-throttling.ts';
import type { RateRule } from './rate-rule.ts';

export interface CubicRateOptions {
  /** Which errors say that the other side has throttled the call. Default: {@link isThrottling}. */
  readonly throttledIf?: (error: unknown) => boolean;
}

/** Rates are calls per second. */
export interface CubicRateState {
  /** Nothing is limited until the first call was throttled. */
  readonly isLimiting: boolean;
  readonly tokens: number;
  readonly tokensAt: number;
  /** How fast tokens come; as many as come in a second are kept, and at least one. */
  readonly rate: number;
  /** At what rate a call was last throttled, and when. */
  readonly throttledRate: number;
  readonly throttledAt: number;
  /** How many calls were answered lately, as a moving average of half seconds. */
  readonly measuredRate: number;
  readonly countedFrom: number;
  readonly counted: number;
}

/** The published constants. */
const beta = 0.7;
const scale = 0.4;
const smoothing = 0.8;
const leastRate = 0.5;
const countingMs = 500;
/** What rounding may leave of a token that has come. */
const nearlyNothing = 1e-9;

/**
 * The rate `seconds` after a call was throttled at `throttledRate`: it comes up to it quickly,
 * stays near it, and then goes looking for more (CUBIC, RFC 9438, with a backoff of 0.7).
 */
export function cubicGrowth(throttledRate: number, seconds: number): number {
  const plateau = Math.cbrt((throttledRate * (1 - beta)) / scale);
  return scale * (seconds - plateau) ** 3 + throttledRate;
}

/**
 * Finds out how often the other side can be called: limits nothing until a call is throttled, then
 * backs off to 0.7 of the measured rate, and grows from there as CUBIC does. The client rate limit
 * of the AWS SDKs' adaptive retry mode.
 */
export function cubicRate(options: CubicRateOptions = {}): RateRule<CubicRateState> {
  return new CubicRate(options.throttledIf ?? isThrottling);
}

class CubicRate implements RateRule<CubicRateState> {
  readonly shape = 'cubic rate';
  readonly #throttledIf: (error: unknown) => boolean;

  constructor(throttledIf: (error: unknown) => boolean) {
    this.#throttledIf = throttledIf;
  }

  initial(at: number): CubicRateState {
    return {
      isLimiting: false,
      tokens: 0,
      tokensAt: at,
      rate: leastRate,
      throttledRate: 0,
      throttledAt: at,
      measuredRate: 0,
      countedFrom: countingFrom(at),
      counted: 0,
    };
  }

  waitMs(state: CubicRateState, at: number, ahead: number): number {
    if (!state.isLimiting) return 0;
    const missing = ahead + 1 - tokensAt(state, at);
    return missing > nearlyNothing ? (missing / state.rate) * 1_000 : 0;
  }

  taken(state: CubicRateState, at: number): CubicRateState {
    if (!state.isLimiting) return state;
    return { ...state, tokens: tokensAt(state, at) - 1, tokensAt: at };
  }

  available(state: CubicRateState, at: number): number {
    return state.isLimiting ? Math.floor(tokensAt(state, at) + nearlyNothing) : Infinity;
  }

  moved(state: CubicRateState, byMs: number, latest: number): CubicRateState {
    const { tokensAt, throttledAt, countedFrom } = state;
    return {
      ...state,
      tokensAt: Math.min(tokensAt + byMs, latest),
      throttledAt: Math.min(throttledAt + byMs, latest),
      countedFrom: Math.min(countedFrom + byMs, latest),
    };
  }

  answered(before: CubicRateState, at: number, hasFailed: boolean, error: unknown): CubicRateState {
    const state = counted(before, at);
    const { isLimiting, measuredRate, throttledRate, throttledAt } = state;
    if (hasFailed && this.#throttledIf(error)) {
      const reached = isLimiting ? Math.min(measuredRate, state.rate) : measuredRate;
      const throttled = { ...state, throttledRate: reached, throttledAt: at };
      return { ...withRate(throttled, at, reached * beta), isLimiting: true };
    }
    return withRate(state, at, cubicGrowth(throttledRate, (at - throttledAt) / 1_000));
  }
}

function counted(state: CubicRateState, at: number): CubicRateState {
  const answers = state.counted + 1;
  const from = countingFrom(at);
  if (from <= state.countedFrom) return { ...state, counted: answers };
  const latest = (answers / (from - state.countedFrom)) * 1_000;
  const measuredRate = latest * smoothing + state.measuredRate * (1 - smoothing);
  return { ...state, measuredRate, countedFrom: from, counted: 0 };
}

/** Never more than twice what was measured, so that a rate that nobody uses does not grow. */
function withRate(state: CubicRateState, at: number, wanted: number): CubicRateState {
  const rate = Math.max(leastRate, Math.min(wanted, 2 * state.measuredRate));
  const tokens = state.isLimiting ? Math.min(tokensAt(state, at), Math.max(rate, 1)) : 0;
  return { ...state, rate, tokens, tokensAt: at };
}

function tokensAt({ tokens, tokensAt, rate }: CubicRateState, at: number): number {
  const come = (Math.max(0, at - tokensAt) / 1_000) * rate;
  return Math.min(Math.max(rate, 1), tokens + come);
}

function countingFrom(at: number): number {
  return Math.floor(at / countingMs) * countingMs;
}
