/**
 * What keeps retries from multiplying the load of a dependency that is down. One budget may be
 * shared by many policies of the same dependency.
 *
 * A call begins once and ends once. Each extra attempt in between is paid for with `withdraw`, and
 * what was paid is told back: to `release` when the attempt failed and another one follows, to
 * `end` when it was the last.
 */
export interface RetryBudget {
  /** A call begins its first attempt. */
  begin(): void;
  /** What an attempt after `error` costs, at least 0; {@link denied} when there is not enough left. */
  withdraw(error: unknown): number;
  /** The attempt that was paid with `cost` is over, and its call is not. */
  release(cost: number): void;
  /** A call is over; its last attempt was paid with `cost`, 0 when that was the first. */
  end(succeeded: boolean, cost: number): void;
}

export const denied = -1;
