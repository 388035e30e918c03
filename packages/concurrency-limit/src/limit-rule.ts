/** What one call, or one window of calls, says about the load. */
export interface Sample {
  /** When the call ended; monotonic ms. */
  readonly at: number;
  /** How long it took, more than 0. */
  readonly rttMs: number;
  /** How many ran when it began, this one included. */
  readonly inFlight: number;
  /** It came to nothing because of the load: it timed out, say. */
  readonly isDropped: boolean;
  /** A random number in [0, 1), for rules that need one. */
  readonly random: number;
}

/**
 * Finds how many calls may run at once from how the earlier ones went: a pure rule over a state that
 * is plain JSON. `aimd()`, `vegas()` and `gradient2()` are rules.
 */
export interface LimitRule<State extends LimitState = LimitState> {
  /** A snapshot of another shape is not taken up. */
  readonly shape: string;
  readonly initial: State;
  after(state: State, sample: Sample): State;
  /** A state that was kept under other bounds, within those of now; absent where there are none. */
  bounded?(state: State): State;
}

export interface LimitState {
  /** The estimate; the limit is its whole part, and at least 1. */
  readonly limit: number;
}
