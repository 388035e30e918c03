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

/** Totals of the whole span. What a call changes is kept apart from what a new bucket changes. */
export interface TimeWindow extends WindowCounts {
  readonly bucket: Bucket;
}

/** The part of the span that is being filled. */
interface Bucket {
  /** When it began, ms. */
  readonly startedAt: number;
  /** The totals as they were then: what has come on top is the bucket's own. */
  readonly before: WindowCounts;
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
  readonly empty: TimeWindow = emptyAt(0);
  readonly #bucketMs: number;
  readonly #buckets: number;
  readonly #threshold: RateThreshold;

  constructor(bucketMs: number, buckets: number, threshold: RateThreshold) {
    this.shape = `time window of ${buckets} buckets of ${bucketMs} ms`;
    this.measures = threshold.slow === undefined ? 'time' : 'duration';
    this.slow = threshold.slow;
    this.#bucketMs = bucketMs;
    this.#buckets = buckets;
    this.#threshold = threshold;
  }

  record(window: TimeWindow, failed: boolean, at: number, durationMs: number): TimeWindow {
    const { calls, failures, slow, bucket } = this.#at(window, at);
    const isSlow = this.slow !== undefined && durationMs > this.slow.overMs;
    return {
      calls: calls + 1,
      failures: failed ? failures + 1 : failures,
      slow: isSlow ? slow + 1 : slow,
      bucket,
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
    const { bucket, calls } = window;
    if (calls === 0) return window;
    return { ...window, bucket: { ...bucket, startedAt: bucket.startedAt + byMs } };
  }

  /** The window as it stands at that time: however many buckets have passed unused, all of them leave. */
  #at(window: TimeWindow, at: number): TimeWindow {
    if (window.calls === 0) return emptyAt(at);
    // Below 0 when a stored window comes from a wall clock that was ahead: then, too, a bucket begins.
    const passed = Math.floor((at - window.bucket.startedAt) / this.#bucketMs);
    if (passed === 0) return window;
    return passed < this.#buckets ? this.#rolled(window, passed) : emptyAt(at);
  }

  #rolled(window: TimeWindow, passed: number): TimeWindow {
    let { calls, failures, slow } = window;
    const { before, full: earlier, startedAt } = window.bucket;
    const full = [...earlier, calls - before.calls, failures - before.failures, slow - before.slow];
    for (let i = 1; i < passed; i += 1) full.push(0, 0, 0);
    const left = Math.max(0, full.length - 3 * (this.#buckets - 1));
    for (let i = 0; i < left; i += 3) {
      calls -= full[i] ?? 0;
      failures -= full[i + 1] ?? 0;
      slow -= full[i + 2] ?? 0;
    }
    const bucket = {
      startedAt: startedAt + passed * this.#bucketMs,
      before: { calls, failures, slow },
      full: full.slice(left),
    };
    return { calls, failures, slow, bucket };
  }
}

function emptyAt(startedAt: number): TimeWindow {
  const before = { calls: 0, failures: 0, slow: 0 };
  return { ...before, bucket: { startedAt, before, full: [] } };
}
