import { type Duration, durationOption, integerOption } from '@chimera/policy';
import type { FailureDetector, TripReason, WindowCounts } from './failure-detector.ts';
import {
  type RateOptions,
  type RateThreshold,
  rateThreshold,
  rateTripReason,
} from './rate-threshold.ts';

export interface TimeWindowOptions extends RateOptions {
  /** The time looked back on. Default '10s'. */
  readonly span?: Duration;
  /** Into how many parts the span is divided; a part leaves the window as a whole. Default 10. */
  readonly buckets?: number;
}

/** Totals of the whole span, and the part of them that belongs to the bucket being filled. */
export interface TimeWindow extends WindowCounts {
  /** When the bucket being filled began, ms. */
  readonly bucketAt: number;
  readonly bucketCalls: number;
  readonly bucketFailures: number;
  readonly bucketSlow: number;
  /** Calls, failures and slow calls of the full buckets in turn, oldest bucket first. */
  readonly full: readonly number[];
}

/**
 * Opens when, of the calls that ended within the last `span`, at least `minCalls`, too many failed
 * or were slow. Keeps counts for each bucket and no samples: memory does not grow with traffic.
 */
export function timeWindow(options: TimeWindowOptions = {}): FailureDetector<TimeWindow> {
  const spanMs = durationOption('circuit-breaker', 'span', options.span ?? 10_000, 1);
  const buckets = integerOption('circuit-breaker', 'buckets', options.buckets ?? 10, 1, 10_000);
  return new TimeWindowDetector(spanMs / buckets, buckets, rateThreshold(options));
}

class TimeWindowDetector implements FailureDetector<TimeWindow> {
  readonly shape: string;
  readonly measures: 'time' | 'duration';
  readonly slow: RateThreshold['slow'];
  readonly empty: TimeWindow = emptyWindow;
  readonly #bucketMs: number;
  readonly #buckets: number;
  readonly #threshold: RateThreshold;

  constructor(bucketMs: number, buckets: number, threshold: RateThreshold) {
    this.shape = `time window of ${buckets} x ${bucketMs} ms`;
    this.measures = threshold.slow === undefined ? 'time' : 'duration';
    this.slow = threshold.slow;
    this.#bucketMs = bucketMs;
    this.#buckets = buckets;
    this.#threshold = threshold;
  }

  record(window: TimeWindow, failed: boolean, at: number, durationMs: number): TimeWindow {
    const current = this.#at(window, at);
    const failure = failed ? 1 : 0;
    const slow = this.slow !== undefined && durationMs > this.slow.overMs ? 1 : 0;
    return {
      calls: current.calls + 1,
      failures: current.failures + failure,
      slow: current.slow + slow,
      bucketAt: current.bucketAt,
      bucketCalls: current.bucketCalls + 1,
      bucketFailures: current.bucketFailures + failure,
      bucketSlow: current.bucketSlow + slow,
      full: current.full,
    };
  }

  tripReason(window: TimeWindow): TripReason | undefined {
    return rateTripReason(window, this.#threshold);
  }

  counts(window: TimeWindow, at: number): WindowCounts {
    const { calls, failures, slow } = this.#at(window, at);
    return { calls, failures, slow };
  }

  shift(window: TimeWindow, byMs: number): TimeWindow {
    return window.calls === 0 ? window : { ...window, bucketAt: window.bucketAt + byMs };
  }

  /** The window as it stands at that time: however many buckets have passed unused, all of them leave. */
  #at(window: TimeWindow, at: number): TimeWindow {
    if (window.calls === 0) return { ...emptyWindow, bucketAt: at };
    // Below 0 when a stored window comes from a wall clock that was ahead: then, too, a bucket begins.
    const passed = Math.floor((at - window.bucketAt) / this.#bucketMs);
    if (passed === 0) return window;
    return passed < this.#buckets ? this.#rolled(window, passed) : { ...emptyWindow, bucketAt: at };
  }

  #rolled(window: TimeWindow, passed: number): TimeWindow {
    const { bucketCalls, bucketFailures, bucketSlow } = window;
    const full = [...window.full, bucketCalls, bucketFailures, bucketSlow];
    for (let i = 1; i < passed; i += 1) full.push(0, 0, 0);
    const left = Math.max(0, full.length - 3 * (this.#buckets - 1));
    let { calls, failures, slow } = window;
    for (let i = 0; i < left; i += 3) {
      calls -= full[i] ?? 0;
      failures -= full[i + 1] ?? 0;
      slow -= full[i + 2] ?? 0;
    }
    const bucketAt = window.bucketAt + passed * this.#bucketMs;
    return { ...emptyWindow, calls, failures, slow, bucketAt, full: full.slice(left) };
  }
}

const emptyWindow: TimeWindow = {
  calls: 0,
  failures: 0,
  slow: 0,
  bucketAt: 0,
  bucketCalls: 0,
  bucketFailures: 0,
  bucketSlow: 0,
  full: [],
};
