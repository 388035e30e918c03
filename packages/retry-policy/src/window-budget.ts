import {
  type Clock,
  type Duration,
  durationOption,
  numberOption,
  systemClock,
} from '@chimera/policy';
import { denied, type RetryBudget } from './retry-budget.ts';

export interface WindowBudgetOptions {
  /** Retries per call. Default 0.2. */
  readonly ratio?: number;
  /** Retries per second that are granted however few calls there are. Default 10. */
  readonly reservePerSecond?: number;
  /** How long calls and retries count. Default 10 s. */
  readonly window?: Duration;
}

/** The window moves on in steps of a tenth. */
const slots = 10;

/**
 * Bounds the retries of a time window by its calls: `ratio · calls + reservePerSecond · window`.
 * Finagle's `RetryBudget`, with its defaults.
 */
export class WindowBudget implements RetryBudget {
  readonly #ratio: number;
  readonly #reserve: number;
  readonly #slotMs: number;
  readonly #clock: Clock;
  readonly #calls: number[] = [];
  readonly #retries: number[] = [];
  #callsInWindow = 0;
  #retriesInWindow = 0;
  /** Number of the current slot, counted from the clock's origin. */
  #slot: number;

  constructor(
    { ratio = 0.2, reservePerSecond = 10, window = 10_000 }: WindowBudgetOptions = {},
    { clock = systemClock }: { readonly clock?: Clock } = {},
  ) {
    const windowMs = durationOption('retry-policy', 'window', window, 1);
    this.#ratio = numberOption('retry-policy', 'ratio', ratio, 0);
    this.#reserve =
      (numberOption('retry-policy', 'reservePerSecond', reservePerSecond, 0) * windowMs) / 1_000;
    this.#slotMs = windowMs / slots;
    this.#clock = clock;
    this.#slot = this.#slotNow();
  }

  /** Retries that would be granted now. */
  get available(): number {
    this.#moveOn();
    return this.#callsInWindow * this.#ratio + this.#reserve - this.#retriesInWindow;
  }

  begin(): void {
    this.#moveOn();
    this.#add(this.#calls, 1);
    this.#callsInWindow += 1;
  }

  withdraw(): number {
    if (this.available < 1) return denied;
    this.#add(this.#retries, 1);
    this.#retriesInWindow += 1;
    return 1;
  }

  release(): void {}

  end(): void {}

  #add(counts: number[], count: number): void {
    const at = this.#slot % slots;
    counts[at] = (counts[at] ?? 0) + count;
  }

  #slotNow(): number {
    return Math.floor(this.#clock.monotonic() / this.#slotMs);
  }

  /** Empties every slot that was skipped, also after a long idle time. */
  #moveOn(): void {
    const now = this.#slotNow();
    const oldest = Math.max(this.#slot + 1, now - slots + 1);
    for (let slot = oldest; slot <= now; slot += 1) {
      const at = slot % slots;
      this.#callsInWindow -= this.#calls[at] ?? 0;
      this.#retriesInWindow -= this.#retries[at] ?? 0;
      this.#calls[at] = 0;
      this.#retries[at] = 0;
    }
    this.#slot = Math.max(this.#slot, now);
  }
}
