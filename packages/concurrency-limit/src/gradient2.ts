import { integerOption, numberOption } from '@chimera/policy';
import { type LimitBounds, limitBounds, type LimitBoundsOptions, within } from './limit-bounds.ts';
import type { LimitRule, LimitState, Sample } from './limit-rule.ts';
import { owner } from './owner.ts';

/** Defaults: 20 to begin with, from 20 to 200. */
export interface Gradient2Options extends LimitBoundsOptions {
  /** How much of a step is made. More than 0, at most 1, default 0.2. */
  readonly smoothing?: number;
  /** How many calls may queue on the other side: by so much the limit grows while times are even. Default 4. */
  readonly queueSize?: number;
  /** Times up to this many times the long average change nothing. From 1, default 1.5. */
  readonly tolerance?: number;
  /** How many calls the long average spans. Default 600. */
  readonly longWindow?: number;
}

export interface Gradient2State extends LimitState {
  /** The long average of times, ms. */
  readonly longMs: number;
  /** The first ten calls count equally; their number and their sum. */
  readonly warmUpCalls: number;
  readonly warmUpMs: number;
}

const warmUpCalls = 10;
/** When the long average is more than twice the time of now, an overload has passed: it is let down faster. */
const passed = 2;
const decay = 0.95;

/**
 * Compares the time of now with its own long average: the limit falls while times grow, by half at
 * most, and grows by `queueSize` while they do not. It needs no time without load to compare with,
 * so it suits calls whose times vary. Numbers of Netflix's concurrency-limits, Gradient2Limit.
 */
export function gradient2(options: Gradient2Options = {}): LimitRule<Gradient2State> {
  const { smoothing = 0.2, queueSize = 4, tolerance = 1.5, longWindow = 600 } = options;
  return new Gradient2(
    limitBounds(options, { initial: 20, min: 20, max: 200 }),
    numberOption(owner, 'smoothing', smoothing, 0.001, 1),
    integerOption(owner, 'queueSize', queueSize, 0, 1_000_000),
    numberOption(owner, 'tolerance', tolerance, 1, 1_000),
    integerOption(owner, 'longWindow', longWindow, 1, 1_000_000),
  );
}

class Gradient2 implements LimitRule<Gradient2State> {
  readonly shape = 'gradient2';
  readonly initial: Gradient2State;
  readonly #bounds: LimitBounds;
  readonly #smoothing: number;
  readonly #queueSize: number;
  readonly #tolerance: number;
  /** What one call moves the long average by. */
  readonly #weight: number;

  constructor(
    bounds: LimitBounds,
    smoothing: number,
    queueSize: number,
    tolerance: number,
    longWindow: number,
  ) {
    this.initial = { limit: bounds.initial, longMs: 0, warmUpCalls: 0, warmUpMs: 0 };
    this.#bounds = bounds;
    this.#smoothing = smoothing;
    this.#queueSize = queueSize;
    this.#tolerance = tolerance;
    this.#weight = 2 / (longWindow + 1);
  }

  after(before: Gradient2State, { rttMs, inFlight }: Sample): Gradient2State {
    const state = this.#averaged(before, rttMs);
    const { limit, longMs } = state;
    const settled = longMs / rttMs > passed ? { ...state, longMs: longMs * decay } : state;
    // Who uses less than half of it learns nothing about the rest.
    if (inFlight < limit / 2) return settled;
    const gradient = Math.max(0.5, Math.min(1, (this.#tolerance * longMs) / rttMs));
    const wanted = limit * gradient + this.#queueSize;
    const next = within(limit + this.#smoothing * (wanted - limit), this.#bounds);
    return { ...settled, limit: next };
  }

  bounded(state: Gradient2State): Gradient2State {
    return { ...state, limit: within(state.limit, this.#bounds) };
  }

  #averaged(state: Gradient2State, rttMs: number): Gradient2State {
    if (state.warmUpCalls < warmUpCalls) {
      const calls = state.warmUpCalls + 1;
      const sum = state.warmUpMs + rttMs;
      return { ...state, longMs: sum / calls, warmUpCalls: calls, warmUpMs: sum };
    }
    return { ...state, longMs: state.longMs + this.#weight * (rttMs - state.longMs) };
  }
}
