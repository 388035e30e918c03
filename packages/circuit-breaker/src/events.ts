import type { Mode, OpenReason, Verdict } from './circuit-state.ts';

/** What listeners are told, after it has happened. */
export type CircuitBreakerEvent = News & {
  /** The breaker's name. */
  readonly breaker: string;
  /** Wall-clock ms since the epoch. */
  readonly at: number;
};

/** What has happened, without where and when. */
export type News =
  | Opened
  | { readonly type: 'half-opened' | 'closed' }
  | ModeChanged
  | ThresholdExceeded
  | Rejected
  | Ended;

export interface Opened {
  readonly type: 'opened';
  readonly reason: OpenReason;
  /** How long until it lets a probe through, in ms from its opening. */
  readonly openForMs: number;
  /** How many times probing has failed since the circuit was last closed. */
  readonly reopenings: number;
  /** The error or result that opened it, when one did. */
  readonly evidence: unknown;
}

/** A mode other than automatic was set, or an isolation taken or given back. */
export interface ModeChanged {
  readonly type: 'mode-changed';
  readonly mode: Mode;
  /** How many isolations are held. */
  readonly isolations: number;
}

/** In metrics-only mode, once: the circuit would have opened. */
export interface ThresholdExceeded {
  readonly type: 'threshold-exceeded';
  readonly reason: OpenReason;
}

export interface Rejected {
  readonly type: 'rejected';
  readonly retryAfterMs: number | undefined;
}

/** A call has ended. `discarded`: it was admitted before the circuit last changed its status, and counts for nothing. */
export interface Ended {
  readonly type: 'succeeded' | 'failed' | 'ignored' | 'discarded';
  /** The error or the result. */
  readonly evidence: unknown;
}

/** The event that follows a call's verdict. */
export function outcomeOf(verdict: Verdict): Ended['type'] {
  if (verdict === 'ignored') return verdict;
  return verdict === 'success' ? 'succeeded' : 'failed';
}
