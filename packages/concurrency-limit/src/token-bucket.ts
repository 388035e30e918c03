import { type Duration, durationOption, integerOption, numberOption } from '@chimera/policy';
import { nanosecond } from './nanosecond.ts';
import { owner } from './owner.ts';
import type { RateRule } from './rate-rule.ts';

export interface TokenBucketOptions {
  /** How many calls may be made in the long run in each `per`: up to a million, and a fraction is fine. */
  readonly rate: number;
  /** Default '1s'. */
  readonly per?: Duration;
  /** How many calls may be made at once after a pause. Default: `rate`, and at least 1. */
  readonly burst?: number;
}

export interface TokenBucketState {
  /** When the bucket is full again; in the past when it is. */
  readonly fullAt: number;
}

/**
 * A bucket of `burst` tokens, full at first, into which `rate` tokens drop evenly in each `per`. A
 * call takes one, or waits for its own: with `burst: 1` calls are spread evenly. Counted in time
 * instead of tokens (the generic cell rate algorithm, ITU-T I.371), so the state is one number.
 */
export function tokenBucket(options: TokenBucketOptions): RateRule<TokenBucketState> {
  const rate = numberOption(owner, 'rate', options.rate, 1e-6, 1_000_000);
  const perMs = durationOption(owner, 'per', options.per ?? 1_000, 1);
  const burst = options.burst ?? Math.max(1, Math.floor(rate));
  return new TokenBucket(perMs / rate, integerOption(owner, 'burst', burst, 1, 1_000_000));
}

class TokenBucket implements RateRule<TokenBucketState> {
  readonly shape: string;
  readonly #intervalMs: number;
  readonly #burst: number;

  constructor(intervalMs: number, burst: number) {
    this.shape = `token bucket of ${burst}, one each ${intervalMs} ms`;
    this.#intervalMs = intervalMs;
    this.#burst = burst;
  }

  initial(at: number): TokenBucketState {
    return { fullAt: at };
  }

  waitMs({ fullAt }: TokenBucketState, at: number, ahead: number): number {
    const last = Math.max(fullAt, at) + (ahead + 1 - this.#burst) * this.#intervalMs;
    return Math.max(0, last - at);
  }

  taken({ fullAt }: TokenBucketState, at: number): TokenBucketState {
    return { fullAt: Math.max(fullAt, at) + this.#intervalMs };
  }

  available({ fullAt }: TokenBucketState, at: number): number {
    const missing = Math.ceil(Math.max(0, fullAt - at - nanosecond) / this.#intervalMs);
    return Math.max(0, this.#burst - missing);
  }

  moved({ fullAt }: TokenBucketState, byMs: number, latest: number): TokenBucketState {
    return { fullAt: Math.min(fullAt + byMs, latest + this.#burst * this.#intervalMs) };
  }
}
