/**
 * Says when a call may be made: a pure rule over a state that is plain JSON. All instants are
 * monotonic ms. `tokenBucket()`, `slidingWindow()` and `cubicRate()` are rules; so is anything that
 * keeps the promises below.
 */
export interface RateRule<State = unknown> {
  /** A snapshot of another shape is not taken up. */
  readonly shape: string;
  initial(at: number): State;
  /**
   * How long until a call may be made if `ahead` others are made first, each as soon as it may: 0
   * when now. Only what is answered makes it come later than was told.
   */
  waitMs(state: State, at: number, ahead: number): number;
  /** After a call that was made at a time when `waitMs` was 0. */
  taken(state: State, at: number): State;
  /** How many calls may be made at once now. */
  available(state: State, at: number): number;
  /** All instants moved by `byMs`, and none of them later than one that can be reached by `latest`. */
  moved(state: State, byMs: number, latest: number): State;
  /** After a call was answered by a result, or by an error; absent where answers change nothing. */
  answered?(state: State, at: number, hasFailed: boolean, error: unknown): State;
}
