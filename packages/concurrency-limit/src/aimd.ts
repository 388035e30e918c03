import { type Duration, durationOption, numberOption } from '@chimera/policy';
import { type LimitBounds, limitBounds, type LimitBoundsOptions, within } from './limit-bounds.ts';
import type { LimitRule, LimitState, Sample } from './limit-rule.ts';
import { owner } from './owner.ts';

/** Defaults: 20 to begin with, from 20 to 200. */
export interface AimdOptions extends LimitBoundsOptions {
  /** The limit is multiplied with this after a drop. From 0.5 to 0.999, default 0.9. */
  readonly backoffRatio?: number;
  /** A call that takes longer counts as dropped. Default '5s'. */
  readonly timeout?: Duration;
}

/**
 * One more after a call that went well while at least half of the limit was in use, a tenth less
 * after one that was dropped: additive increase, multiplicative decrease, as in TCP (Chiu and Jain,
 * 1989). Numbers of Netflix's concurrency-limits, AIMDLimit.
 */
export function aimd(options: AimdOptions = {}): LimitRule {
  const { backoffRatio = 0.9, timeout = 5_000 } = options;
  return new Aimd(
    limitBounds(options, { initial: 20, min: 20, max: 200 }),
    numberOption(owner, 'backoffRatio', backoffRatio, 0.5, 0.999),
    durationOption(owner, 'timeout', timeout, 1),
  );
}

class Aimd implements LimitRule {
  readonly shape = 'aimd';
  readonly initial: LimitState;
  readonly #bounds: LimitBounds;
  readonly #backoffRatio: number;
  readonly #timeoutMs: number;

  constructor(bounds: LimitBounds, backoffRatio: number, timeoutMs: number) {
    this.initial = { limit: bounds.initial };
    this.#bounds = bounds;
    this.#backoffRatio = backoffRatio;
    this.#timeoutMs = timeoutMs;
  }

  after(state: LimitState, { rttMs, inFlight, isDropped }: Sample): LimitState {
    const { limit } = state;
    if (isDropped || rttMs > this.#timeoutMs) {
      return { limit: within(Math.floor(limit * this.#backoffRatio), this.#bounds) };
    }
    return inFlight * 2 >= limit ? { limit: within(limit + 1, this.#bounds) } : state;
  }

  bounded({ limit }: LimitState): LimitState {
    return { limit: within(limit, this.#bounds) };
  }
}
