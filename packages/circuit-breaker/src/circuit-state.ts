import type { FailureDetector, TripReason } from './failure-detector.ts';

/** `automatic` follows the outcomes; the others are set by hand and stay until changed by hand. */
export type Mode = 'automatic' | 'forced-open' | 'disabled' | 'metrics-only';

/** What one call says about what it called. `trip` is a failure that opens the circuit at once. */
export type Verdict = 'success' | 'failure' | 'ignored' | 'trip';

export type OpenReason = TripReason | 'verdict' | 'probes' | 'no word from probes' | TripCause;

/** Who opened the circuit from outside: a hand, or a quorum of other nodes. */
export type TripCause = 'told to' | 'peers';

/**
 * The whole state of a breaker, as plain JSON; instants are monotonic ms. `epoch` grows with every
 * change of status, and an outcome counts only in the epoch that admitted its call: a result that
 * arrives late says nothing about the present (the generation of sony/gobreaker).
 */
export type CircuitState = Closed | Open | HalfOpen | Held | Measured;

/** `half-open` as soon as the next call would probe. */
export type CircuitStatus = CircuitState['status'];

export interface Closed extends Without<
  'mode' | 'isolations' | 'exceeded' | 'reopenings' | 'nextProbe'
> {
  readonly status: 'closed';
  readonly epoch: number;
  readonly window: unknown;
}

export interface Open extends Without<'mode' | 'isolations' | 'exceeded' | 'nextProbe'> {
  readonly status: 'open';
  readonly epoch: number;
  readonly reason: OpenReason;
  readonly openedAt: number;
  /** From here on a call may probe. */
  readonly until: number;
  /** How many times probing has failed since the circuit was last closed. */
  readonly reopenings: number;
}

export interface HalfOpen extends Without<'mode' | 'isolations' | 'exceeded'> {
  readonly status: 'half-open';
  readonly epoch: number;
  readonly enteredAt: number;
  readonly reopenings: number;
  /** In flight, oldest first. */
  readonly probes: readonly Probe[];
  readonly nextProbe: number;
  /** How many have told something, and of them: */
  readonly ended: number;
  readonly failed: number;
  readonly slow: number;
}

export interface Probe {
  readonly id: number;
  /** When it counts as failed, whatever comes later. */
  readonly expiresAt: number;
}

/** Held by hand: outcomes say nothing. */
export interface Held extends Without<'exceeded' | 'reopenings' | 'nextProbe'> {
  readonly status: 'forced-open' | 'disabled';
  readonly epoch: number;
  /** What is in force when no isolation is held. */
  readonly mode: Mode;
  readonly isolations: number;
}

/** Held by hand, and watched: outcomes are counted and do not move it. */
export interface Measured extends Without<'reopenings' | 'nextProbe'> {
  readonly status: 'metrics-only';
  readonly epoch: number;
  readonly mode: Mode;
  readonly isolations: number;
  readonly window: unknown;
  /** Why the circuit would have opened the first time; null until then. */
  readonly exceeded: OpenReason | null;
}

/** What a status does not have can still be asked for: `state.mode ?? 'automatic'`. */
type Without<Key extends string> = { readonly [Absent in Key]?: undefined };

/** How a call ended. */
export interface Outcome {
  readonly at: number;
  /** That admitted the call. */
  readonly epoch: number;
  /** -1 for a call that was no probe. */
  readonly probe: number;
  readonly verdict: Verdict;
  /** NaN when the detector does not measure it. */
  readonly durationMs: number;
  /** How long an opening that it causes lasts, if it has a say. */
  readonly openForMs?: number | undefined;
}

export type CircuitEvent =
  | (Outcome & { readonly type: 'settled' })
  | { readonly type: 'elapsed' | 'admitted'; readonly at: number }
  | {
      readonly type: 'tripped';
      readonly at: number;
      readonly cause: TripCause;
      readonly openForMs: number | undefined;
    }
  | { readonly type: 'mode-set'; readonly mode: Mode }
  | { readonly type: 'isolated' | 'released' };

/** What time alone makes of a half-open circuit. */
export type HalfOpenBound = (state: HalfOpen, at: number, rules: CircuitRules) => CircuitState;

export interface CircuitRules {
  readonly detector: FailureDetector;
  /** Probes that decide; also the most that are let through while half-open. */
  readonly probes: number;
  /** The circuit opens again when more than this share of the probes has failed. */
  readonly permittedFailureRate: number;
  readonly probeTimeoutMs: number;
  /** Bounds how long half-open lasts without a decision; undefined when nothing does. */
  readonly maxWait: HalfOpenBound | undefined;
  /** In ms; a function is given the number of failed recoveries. */
  readonly openFor: number | ((reopenings: number) => number);
}
