/** What an operation is told about the call that runs it. */
export interface CallContext {
  /** Aborts when the caller gives up or a timeout strikes. Created when first read. */
  readonly signal: AbortSignal;
  /** Counts calls, not retries: the first is 1. */
  readonly attempt: number;
  /** Monotonic instant (the policy's clock, ms) after which the result is of no use; undefined when there is none. */
  readonly deadline: number | undefined;
}

export type Operation<T> = (context: CallContext) => T | PromiseLike<T>;

export interface CallOptions {
  /** Aborting it rejects the execution at once with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Monotonic instant in ms (`performance.now()` scale by default) by which the result is needed.
   * Policies heed it (a retry that would come too late is not made), and no call is ended by it: a
   * `Timeout` ends calls after its own time.
   */
  readonly deadline?: number | undefined;
  /** What is asked for: calls with the same key may share one run, see `Coalesce`. */
  readonly key?: string | undefined;
}
