import { type Duration, durationOption, integerOption } from '@chimera/policy';
import { owner } from './owner.ts';
import type { RateRule } from './rate-rule.ts';

export interface SlidingWindowOptions {
  /** How many calls may be made within any span of `per`. */
  readonly max: number;
  /** Default '1s'. */
  readonly per?: Duration;
  /** Calls within `per / buckets` are counted together, and leave together at the end of it. Default 20. */
  readonly buckets?: number;
}

/** Calls that are counted together. */
export interface CallBucket {
  /** When the first of them was made. */
  readonly from: number;
  readonly calls: number;
}

/** Oldest first; never more than `buckets` and two. */
export type SlidingWindowState = readonly CallBucket[];

/**
 * Never more than `max` calls within any span of `per`, wherever the span begins: what a fixed
 * window does not promise at its borders. Calls are counted in buckets, so memory does not grow
 * with `max`; the price is that a call counts for up to `per / buckets` longer.
 */
export function slidingWindow(options: SlidingWindowOptions): RateRule<SlidingWindowState> {
  const max = integerOption(owner, 'max', options.max, 1, 1_000_000);
  const perMs = durationOption(owner, 'per', options.per ?? 1_000, 1);
  const buckets = integerOption(owner, 'buckets', options.buckets ?? 20, 1, 1_000);
  return new SlidingWindow(max, perMs, perMs / buckets);
}

class SlidingWindow implements RateRule<SlidingWindowState> {
  readonly shape: string;
  readonly #max: number;
  readonly #bucketMs: number;
  /** From the first call of a bucket until the whole bucket is out of the window. */
  readonly #stayMs: number;

  constructor(max: number, perMs: number, bucketMs: number) {
    this.shape = `sliding window of ${max} in ${perMs} ms, counted by ${bucketMs} ms`;
    this.#max = max;
    this.#bucketMs = bucketMs;
    this.#stayMs = perMs + bucketMs;
  }

  initial(): SlidingWindowState {
    return [];
  }

  /** Plays what is to come: at each instant at which a bucket leaves, as many go as there is room for. */
  waitMs(state: SlidingWindowState, at: number, ahead: number): number {
    let counted = this.#at(state, at);
    let time = at;
    for (let left = ahead; ;) {
      const room = this.#max - callsOf(counted);
      if (left < room) return time - at;
      left -= room;
      counted = this.#with(counted, time, room);
      const [oldest] = counted;
      // With no room there are calls, at least one.
      if (oldest === undefined) return time - at;
      time = oldest.from + this.#stayMs;
      counted = this.#at(counted, time);
    }
  }

  taken(state: SlidingWindowState, at: number): SlidingWindowState {
    return this.#with(this.#at(state, at), at, 1);
  }

  available(state: SlidingWindowState, at: number): number {
    return this.#max - callsOf(this.#at(state, at));
  }

  moved(state: SlidingWindowState, byMs: number, latest: number): SlidingWindowState {
    return state.map(({ from, calls }) => ({ from: Math.min(from + byMs, latest), calls }));
  }

  #at(state: SlidingWindowState, at: number): SlidingWindowState {
    const first = state.findIndex(({ from }) => from + this.#stayMs > at);
    return first === 0 ? state : first === -1 ? [] : state.slice(first);
  }

  #with(state: SlidingWindowState, at: number, calls: number): SlidingWindowState {
    if (calls === 0) return state;
    const last = state.at(-1);
    return last !== undefined && at - last.from < this.#bucketMs
      ? [...state.slice(0, -1), { from: last.from, calls: last.calls + calls }]
      : [...state, { from: at, calls }];
  }
}

function callsOf(state: SlidingWindowState): number {
  return state.reduce((sum, { calls }) => sum + calls, 0);
}
