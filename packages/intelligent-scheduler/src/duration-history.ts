import { integerOption, numberOption, refuseOption } from '@chimera/policy';
import { type DurationRecord, observed, p90 } from './duration-record.ts';

export interface DurationHistoryOptions {
  /** Durations remembered for each kind, for the P90. Default 64. */
  readonly window?: number;
  /** Weight of the newest duration in the mean, over 0, up to 1. Default 0.2. */
  readonly smoothing?: number;
  /** Durations of a kind before there is an estimate. Default 5. */
  readonly minSamples?: number;
  /** Kinds remembered; the one not observed for longest is forgotten first. Default 1000. */
  readonly maxKinds?: number;
}

export interface DurationEstimate {
  /** What a task of this kind takes on average: the recent count for more. */
  readonly ewmaMs: number;
  /** What nine in ten take at most: the choice for `estimateMs`, which then errs towards long. */
  readonly p90Ms: number;
  readonly samples: number;
}

const owner = 'intelligent-scheduler';

/**
 * Estimates how long tasks of a kind run from how long those before them ran. A kind that is not
 * known has no estimate, and a task without one counts as long.
 */
export class DurationHistory {
  readonly #window: number;
  readonly #smoothing: number;
  readonly #minSamples: number;
  readonly #maxKinds: number;
  readonly #records = new Map<string, DurationRecord>();

  /**
   * `saved` is what `toJSON` returned, with these options or others: what is beyond them is
   * forgotten, the oldest first. Throws RangeError for wrong options.
   */
  constructor(
    options: DurationHistoryOptions = {},
    saved: Readonly<Record<string, DurationRecord>> = {},
  ) {
    this.#window = integerOption(owner, 'window', options.window ?? 64, 1);
    this.#smoothing = smoothingOption(options.smoothing ?? 0.2);
    this.#minSamples = integerOption(owner, 'minSamples', options.minSamples ?? 5, 1, this.#window);
    this.#maxKinds = integerOption(owner, 'maxKinds', options.maxKinds ?? 1_000, 1);
    for (const [kind, { ewmaMs, recentMs }] of Object.entries(saved).slice(-this.#maxKinds))
      this.#records.set(kind, { ewmaMs, recentMs: recentMs.slice(-this.#window) });
  }

  /** Notes that a task of this kind took `durationMs`. Throws RangeError unless that is >= 0 and finite. */
  observe(kind: string, durationMs: number): void {
    numberOption(owner, 'durationMs', durationMs, 0, Number.MAX_VALUE);
    const record = observed(this.#records.get(kind), durationMs, {
      smoothing: this.#smoothing,
      window: this.#window,
    });
    // Deleting first puts the kind last in the Map's order: the first is the one to forget.
    this.#records.delete(kind);
    this.#records.set(kind, record);
    if (this.#records.size <= this.#maxKinds) return;
    for (const oldest of this.#records.keys()) {
      this.#records.delete(oldest);
      return;
    }
  }

  /** Undefined until the kind was observed `minSamples` times. */
  estimate(kind: string): DurationEstimate | undefined {
    const record = this.#records.get(kind);
    if (record === undefined || record.recentMs.length < this.#minSamples) return undefined;
    return { ewmaMs: record.ewmaMs, p90Ms: p90(record), samples: record.recentMs.length };
  }

  toJSON(): Record<string, DurationRecord> {
    return Object.fromEntries(this.#records);
  }
}

function smoothingOption(smoothing: number): number {
  if (smoothing > 0 && smoothing <= 1) return smoothing;
  return refuseOption(owner, 'smoothing', 'a number greater than 0 and at most 1', smoothing);
}
