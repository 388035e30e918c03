import type { Operation } from './operation.ts';

/** An operation, and who waits for it. */
export interface Call {
  readonly operation: Operation<unknown>;
  readonly resolve: (result: unknown) => void;
  readonly reject: (reason: unknown) => void;
}

/** A transaction of grouped writes that is over, committed or not. */
export interface StoreCommit {
  /** Writes that shared it. */
  readonly operations: number;
  /** From its begin, in ms. */
  readonly durationMs: number;
  /** `seq` of the last event before it. */
  readonly eventsAfter: number;
  /** `seq` of its own last event; the same as `eventsAfter` when it wrote none. */
  readonly lastEvent: number;
}
