/**
 * What the pool looks like at one instant. A value that is missing, NaN, infinite or negative is
 * unknown, and an unknown value never moves the pool.
 */
export interface PoolSnapshot {
  /** Slots the pool has now, busy or idle. */
  readonly size: number;
  /** Slots with work in them. */
  readonly running?: number | undefined;
  /** Work that could start at once if there were a slot; not what waits for something else. */
  readonly queued?: number | undefined;
  /** How long the oldest queued piece of work has waited, in ms. */
  readonly oldestWaitMs?: number | undefined;
  /** 95th percentile of recent service times, in ms; the `gradient` rule reads it. */
  readonly p95Ms?: number | undefined;
  /** How old these values are, in ms; default 0. Over `staleAfterMs` they count as unknown. */
  readonly ageMs?: number | undefined;
  /** More slots would not help: a breaker is open, or a provider answers 429. In words, it is the reason given. */
  readonly blocked?: boolean | string | undefined;
  /** Size that something else allows at most (degradation, an adaptive limit); may be under `min`. */
  readonly cap?: number | undefined;
}

/** A snapshot with the instants at which it was taken. */
export interface TimedSnapshot extends PoolSnapshot {
  /** Monotonic ms. */
  readonly at: number;
  /** Wall-clock ms since the epoch, for rules that know the time of day; default: `at`. */
  readonly wallAt?: number | undefined;
}

/** A snapshot in which everything that a rule needs is known. */
export interface Reading {
  readonly at: number;
  readonly wallAt: number;
  readonly size: number;
  readonly running: number;
  readonly queued: number;
  /** Slots that would be busy if there were enough of them: running + queued. */
  readonly demand: number;
  readonly oldestWaitMs: number | undefined;
  readonly p95Ms: number | undefined;
  /** Bounds in force at this instant, the cap applied. */
  readonly min: number;
  readonly max: number;
}

/** The number, or undefined when it cannot be a count or a duration. */
export function known(value: number | undefined): number | undefined {
  return value !== undefined && Number.isFinite(value) && value >= 0 ? value : undefined;
}
