import { integerOption } from '@chimera/policy';
import type { FailureDetector, TripReason, WindowCounts } from './failure-detector.ts';
import {
  type RateOptions,
  type RateThreshold,
  rateThreshold,
  rateTripReason,
} from './rate-threshold.ts';

export interface CountWindowOptions extends RateOptions {
  /** How many of the latest calls are looked at. Default 100. */
  readonly size?: number;
}

/** A ring of the latest outcomes, two bits each: failed, slow. */
export interface CountWindow extends WindowCounts {
  /** The place of the next outcome; the oldest one stands there once the ring is full. */
  readonly next: number;
  /** Sixteen outcomes each. */
  readonly words: readonly number[];
}

const failedBit = 1;
const slowBit = 2;

/** Opens when, of the latest `size` calls, at least `minCalls`, too many failed or were slow. */
export function countWindow(options: CountWindowOptions = {}): FailureDetector<CountWindow> {
  const size = integerOption('circuit-breaker', 'size', options.size ?? 100, 1, 100_000);
  // A window that cannot hold the minimum would never open.
  const minCalls = integerOption(
    'circuit-breaker',
    'minCalls',
    options.minCalls ?? Math.min(20, size),
    1,
    size,
  );
  return new CountWindowDetector(size, rateThreshold({ ...options, minCalls }));
}

class CountWindowDetector implements FailureDetector<CountWindow> {
  readonly shape: string;
  readonly measures: 'time' | 'duration';
  readonly slow: RateThreshold['slow'];
  readonly empty: CountWindow;
  readonly #size: number;
  readonly #threshold: RateThreshold;

  constructor(size: number, threshold: RateThreshold) {
    const words = Array.from({ length: Math.ceil(size / 16) }, () => 0);
    this.shape = `count window of ${size}`;
    // It looks at no time, but a success too can complete its minimum and open the circuit.
    this.measures = threshold.slow === undefined ? 'time' : 'duration';
    this.slow = threshold.slow;
    this.empty = { calls: 0, failures: 0, slow: 0, next: 0, words };
    this.#size = size;
    this.#threshold = threshold;
  }

  record(window: CountWindow, failed: boolean, _at: number, durationMs: number): CountWindow {
    const isSlow = this.slow !== undefined && durationMs > this.slow.overMs;
    const outcome = (failed ? failedBit : 0) | (isSlow ? slowBit : 0);
    const place = window.next >> 4;
    const shift = (window.next & 15) * 2;
    const word = window.words[place] ?? 0;
    const oldest = (word >>> shift) & 3;
    const failures = window.failures + (outcome & failedBit) - (oldest & failedBit);
    const slow = window.slow + (outcome >> 1) - (oldest >> 1);
    return {
      calls: Math.min(this.#size, window.calls + 1),
      failures,
      slow,
      next: window.next + 1 === this.#size ? 0 : window.next + 1,
      words:
        outcome === oldest
          ? window.words
          : window.words.with(place, word ^ ((outcome ^ oldest) << shift)),
    };
  }

  tripReason(window: CountWindow): TripReason | undefined {
    return rateTripReason(window, this.#threshold);
  }

  counts({ calls, failures, slow }: CountWindow): WindowCounts {
    return { calls, failures, slow };
  }
}
