import { type Duration, durationOption } from '@chimera/policy';
import type { FailureDetector, SlowCalls, TripReason, WindowCounts } from './failure-detector.ts';

export interface ClearedWindow<Inner> {
  /** When the present interval began, ms; absent before the first call. */
  readonly startedAt?: number;
  readonly inner: Inner;
}

/**
 * Makes a detector forget everything at fixed intervals, counted from its first call (`Interval` of
 * sony/gobreaker). A call that began in an earlier interval is not counted.
 */
export function clearedEvery<Inner>(
  interval: Duration,
  detector: FailureDetector<Inner>,
): FailureDetector<ClearedWindow<Inner>> {
  return new ClearingDetector(durationOption('circuit-breaker', 'interval', interval, 1), detector);
}

class ClearingDetector<Inner> implements FailureDetector<ClearedWindow<Inner>> {
  readonly shape: string;
  readonly measures = 'duration';
  readonly slow: SlowCalls | undefined;
  readonly empty: ClearedWindow<Inner>;
  readonly #intervalMs: number;
  readonly #detector: FailureDetector<Inner>;

  constructor(intervalMs: number, detector: FailureDetector<Inner>) {
    this.shape = `${detector.shape}, cleared every ${intervalMs} ms`;
    this.slow = detector.slow;
    this.empty = { inner: detector.empty };
    this.#intervalMs = intervalMs;
    this.#detector = detector;
  }

  record(
    window: ClearedWindow<Inner>,
    failed: boolean,
    at: number,
    durationMs: number,
  ): ClearedWindow<Inner> {
    const calledAt = at - durationMs;
    const { startedAt = calledAt, inner } = this.#at(window, at);
    return {
      startedAt,
      inner: calledAt < startedAt ? inner : this.#detector.record(inner, failed, at, durationMs),
    };
  }

  tripReason({ inner }: ClearedWindow<Inner>): TripReason | undefined {
    return this.#detector.tripReason(inner);
  }

  counts(window: ClearedWindow<Inner>, at: number): WindowCounts {
    return this.#detector.counts(this.#at(window, at).inner, at);
  }

  shift({ startedAt, inner }: ClearedWindow<Inner>, byMs: number): ClearedWindow<Inner> {
    const shifted = this.#detector.shift?.(inner, byMs) ?? inner;
    return startedAt === undefined
      ? { inner: shifted }
      : { startedAt: startedAt + byMs, inner: shifted };
  }

  #at(window: ClearedWindow<Inner>, at: number): ClearedWindow<Inner> {
    if (window.startedAt === undefined) return window;
    // Below 0 when a stored window comes from a wall clock that was ahead.
    const passed = Math.floor((at - window.startedAt) / this.#intervalMs);
    return passed === 0
      ? window
      : { startedAt: window.startedAt + passed * this.#intervalMs, inner: this.#detector.empty };
  }
}
