import { type Duration, durationOption, integerOption } from '@chimera/policy';
import type { LimitRule, LimitState, Sample } from './limit-rule.ts';
import { owner } from './owner.ts';

export interface WindowedOptions {
  /** A window lasts twice as long as the shortest call in it, but at least this. Default '1s'. */
  readonly min?: Duration;
  /** And at most this. Default '1s', or `min` if that is longer. */
  readonly max?: Duration;
  /** A window lasts until it holds more calls than this. Default 10. */
  readonly calls?: number;
}

export interface WindowedState<State extends LimitState = LimitState> extends LimitState {
  readonly rule: State;
  /** When the window may end; null before the first. */
  readonly endsAt: number | null;
  readonly calls: number;
  readonly sumMs: number;
  readonly shortestMs: number;
  readonly mostInFlight: number;
  readonly isDropped: boolean;
}

/** Shorter calls say more about the clock than about the load. */
const shortestCallMs = 0.1;

const emptyWindow = { calls: 0, sumMs: 0, shortestMs: 0, mostInFlight: 0, isDropped: false };

/**
 * Lets a rule learn from the average of many calls at a time instead of from each: for many short
 * calls whose times vary. Numbers of Netflix's concurrency-limits, WindowedLimit.
 */
export function windowed<State extends LimitState>(
  rule: LimitRule<State>,
  options: WindowedOptions = {},
): LimitRule<WindowedState<State>> {
  const minMs = durationOption(owner, 'min', options.min ?? 1_000, 1);
  const maxMs = durationOption(owner, 'max', options.max ?? Math.max(1_000, minMs), minMs);
  return new Windowed(rule, minMs, maxMs, integerOption(owner, 'calls', options.calls ?? 10, 1));
}

class Windowed<State extends LimitState> implements LimitRule<WindowedState<State>> {
  readonly shape: string;
  readonly initial: WindowedState<State>;
  readonly #rule: LimitRule<State>;
  readonly #minMs: number;
  readonly #maxMs: number;
  readonly #calls: number;

  constructor(rule: LimitRule<State>, minMs: number, maxMs: number, calls: number) {
    const { initial } = rule;
    this.shape = `windowed ${rule.shape}`;
    this.initial = { limit: initial.limit, rule: initial, endsAt: null, ...emptyWindow };
    this.#rule = rule;
    this.#minMs = minMs;
    this.#maxMs = maxMs;
    this.#calls = calls;
  }

  after(before: WindowedState<State>, sample: Sample): WindowedState<State> {
    if (sample.rttMs < shortestCallMs) return before;
    const state = withCall(before, sample);
    const { at, random } = sample;
    const { calls, sumMs, shortestMs, mostInFlight: inFlight, isDropped, endsAt } = state;
    // The end of a window that is further away than any window lasts is from another process.
    const isOpen = endsAt !== null && at <= endsAt && endsAt - at <= this.#maxMs;
    if (calls <= this.#calls || isOpen) return state;
    const rttMs = sumMs / calls;
    const rule = this.#rule.after(state.rule, { at, rttMs, inFlight, isDropped, random });
    const lastsMs = Math.min(this.#maxMs, Math.max(this.#minMs, 2 * shortestMs));
    return { limit: rule.limit, rule, endsAt: at + lastsMs, ...emptyWindow };
  }

  bounded(state: WindowedState<State>): WindowedState<State> {
    const rule = this.#rule.bounded?.(state.rule) ?? state.rule;
    return { ...state, limit: rule.limit, rule };
  }
}

function withCall<State extends LimitState>(
  state: WindowedState<State>,
  { rttMs, inFlight, isDropped }: Sample,
): WindowedState<State> {
  const { calls, sumMs, shortestMs, mostInFlight } = state;
  return {
    ...state,
    calls: calls + 1,
    sumMs: sumMs + rttMs,
    shortestMs: calls === 0 ? rttMs : Math.min(shortestMs, rttMs),
    mostInFlight: Math.max(mostInFlight, inFlight),
    isDropped: state.isDropped || isDropped,
  };
}
