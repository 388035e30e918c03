import type { DisposeFailed } from './discard.ts';
import type { RetryReason, StopReason } from './decide.ts';

/** `attempt` and `attempts` count calls of the operation: the first is 1. */
export type RetryEvent =
  | {
      readonly type: 'retry';
      readonly policy: string;
      /** The attempt that failed. */
      readonly attempt: number;
      readonly delayMs: number;
      readonly reason: RetryReason;
      /** An `UnwantedResult` when the attempt's result is discarded. */
      readonly error: unknown;
    }
  | {
      /** A call succeeded after at least one retry. */
      readonly type: 'recovered';
      readonly policy: string;
      readonly attempts: number;
    }
  | {
      /** A call failed, and is not retried (any more). */
      readonly type: 'stopped';
      readonly policy: string;
      readonly attempts: number;
      readonly reason: StopReason;
      /** The last attempt's. */
      readonly error: unknown;
    }
  | DisposeFailed;
