import { durationOption, type Duration, numberOption, type Random } from '@chimera/policy';
import { type Jitter, plusMinus, spread } from './jitter.ts';

/** What a backoff may look at besides the number of the retry. */
export interface BackoffStep {
  readonly random: Random;
  /** What the attempt before failed with; an `UnwantedResult` when its result was discarded. */
  readonly error: unknown;
  /** The delay before the previous retry in ms; undefined before the first, and when the caller keeps no record. */
  readonly previousDelayMs?: number | undefined;
  /** All delays of this call so far, in ms; undefined when the caller keeps no record. */
  readonly waitedMs?: number | undefined;
}

/**
 * The delay in ms before retry number `retry` (the first is 1). Any function will do; it is taken
 * at its word, without cap or jitter.
 */
export type Backoff = (retry: number, step: BackoffStep) => number;

export interface SpreadOptions {
  /** How delays are spread so that callers do not come back together: by a share up or down, or `fullJitter`, `equalJitter`, or your own. Default 0.2, i.e. ±20 %. */
  readonly jitter?: number | Jitter;
}

export interface CappedOptions extends SpreadOptions {
  /** Longest delay, before jitter: a cap after jitter would gather everybody on it again. Default 30 000 ms. */
  readonly cap?: Duration;
}

export interface GrowthOptions extends CappedOptions {
  /** The first delay. Default 1 000 ms. */
  readonly base?: Duration;
}

export interface ExponentialOptions extends GrowthOptions {
  /** Each delay is this many times the one before. Default 2. */
  readonly factor?: number;
}

/** The same delay each time. */
export function constant(delay: Duration, { jitter }: SpreadOptions = {}): Backoff {
  return growing({ base: delay, cap: delay, ...(jitter === undefined ? {} : { jitter }) }, () => 1);
}

/** base, 2·base, 3·base, … */
export function linear(options: GrowthOptions = {}): Backoff {
  return growing(options, (retry) => retry);
}

/** base, base·factor, base·factor², … */
export function exponential(options: ExponentialOptions = {}): Backoff {
  const { factor = 2 } = options;
  numberOption('retry-policy', 'factor', factor, 1);
  return growing(options, (retry) => power(factor, retry - 1));
}

/** base, base, 2·base, 3·base, 5·base, … */
export function fibonacci(options: GrowthOptions = {}): Backoff {
  // Binet's formula; exact to the 70th number, and the cap has come by then.
  const root = Math.sqrt(5);
  return growing(options, (retry) => Math.round(((1 + root) / 2) ** retry / root));
}

/** The delay before a retry as a multiple of the first, without cap and jitter. */
type Growth = (retry: number) => number;

/**
 * By multiplication, which every engine does alike: of `**` by a factor other than 2, the last bit
 * differs between those of Node.js 22 and 24.
 */
function power(factor: number, exponent: number): number {
  // Halved, Infinity never ends.
  if (exponent === Infinity) return factor === 1 ? 1 : Infinity;
  let result = 1;
  for (
    let square = factor, left = exponent;
    left > 0;
    square *= square, left = Math.floor(left / 2)
  )
    if (left % 2 === 1) result *= square;
  return result;
}

function growing(options: GrowthOptions, growth: Growth): Backoff {
  const { base = 1_000, cap = 30_000, jitter = 0.2 } = options;
  const baseMs = durationOption('retry-policy', 'base', base);
  const capMs = durationOption('retry-policy', 'cap', cap);
  return grown(baseMs, capMs, growth, typeof jitter === 'function' ? jitter : spread(jitter));
}

function grown(baseMs: number, capMs: number, growth: Growth, jitter: Jitter): Backoff {
  // Growth may overflow to Infinity, which the cap takes in; 0 · Infinity would be NaN.
  return (retry, { random }) => Math.min(capMs, baseMs && baseMs * growth(retry)) * jitter(random);
}

/** What `exponential()` gives, without the options in the bundle of those who give none. */
export const defaultBackoff: Backoff = /* @__PURE__ */ grown(
  1_000,
  30_000,
  (retry) => 2 ** (retry - 1),
  /* @__PURE__ */ plusMinus(0.2),
);
