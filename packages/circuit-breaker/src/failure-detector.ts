/** Why a window of outcomes opens the circuit. */
export type TripReason = 'failures in a row' | 'failure rate' | 'slow-call rate';

/** What a detector still remembers. A consecutive one remembers failures only: its `calls` equals its `failures`. */
export interface WindowCounts {
  readonly calls: number;
  readonly failures: number;
  readonly slow: number;
}

/** From when on a call is slow, and which share of slow calls opens the circuit. */
export interface SlowCalls {
  /** A call is slow when it takes longer than this, in ms. */
  readonly overMs: number;
  /** In (0, 1]; reached is enough. */
  readonly rate: number;
}

/**
 * Decides from the outcomes of a closed circuit when it opens. A detector is a set of pure
 * functions over a window that is plain JSON and never changed in place: each function that
 * "changes" a window returns a new one, or the same one when nothing changed.
 */
export interface FailureDetector<Window = unknown> {
  /** Kind and dimensions. A stored window is taken up again only by a detector of the same shape. */
  readonly shape: string;
  /**
   * What it has to be told: the `order` of outcomes only (then a success does not change an
   * empty window), also the `time` of each, or also the `duration` of each call. The clock is read no
   * more often than this asks for.
   */
  readonly measures: 'order' | 'time' | 'duration';
  readonly slow?: SlowCalls | undefined;
  readonly empty: Window;
  /** @param at monotonic ms at which the call ended. */
  record(window: Window, failed: boolean, at: number, durationMs: number): Window;
  tripReason(window: Window): TripReason | undefined;
  counts(window: Window, at: number): WindowCounts;
  /** The same window on a clock that shows `byMs` more; absent when it holds no instants. */
  shift?(window: Window, byMs: number): Window;
}
