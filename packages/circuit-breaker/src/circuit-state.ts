import type { FailureDetector, TripReason } from './failure-detector.ts';

/** `automatic` follows the outcomes; the others are set by hand and stay until changed by hand. */
export type Mode = 'automatic' | 'forced-open' | 'disabled' | 'metrics-only';

/** What one call says about what it called. `trip` is a failure that opens the circuit at once. */
export type Verdict = 'success' | 'failure' | 'ignored' | 'trip';

export type OpenReason = TripReason | 'verdict' | 'probes' | 'no word from probes' | 'told to';

/** A probe in flight. */
export interface Probe {
  readonly id: number;
  /** Monotonic ms at which it counts as failed, whatever comes later. */
  readonly expiresAt: number;
}

/**
 * The whole state of a breaker; instants are monotonic ms. `epoch` grows with every change of
 * status, and an outcome counts only in the epoch that admitted its call: a result that arrives
 * late says nothing about the present (the generation of sony/gobreaker).
 */
export type CircuitState = Closed | Open | HalfOpen | ForcedOpen | Disabled | MetricsOnly;

export interface Closed {
  readonly status: 'closed';
  readonly epoch: number;
  readonly window: unknown;
}

export interface Open {
  readonly status: 'open';
  readonly epoch: number;
  readonly reason: OpenReason;
  readonly openedAt: number;
  /** From here on a call may probe. */
  readonly until: number;
  /** How many times probing has failed since the circuit was last closed. */
  readonly reopenings: number;
}

export interface HalfOpen {
  readonly status: 'half-open';
  readonly epoch: number;
  readonly enteredAt: number;
  readonly reopenings: number;
  /** In flight, oldest first. */
  readonly probes: readonly Probe[];
  readonly nextProbe: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly slow: number;
}

export interface ForcedOpen {
  readonly status: 'forced-open';
  readonly epoch: number;
  /** What is in force when no isolation is held. */
  readonly mode: Mode;
  readonly isolations: number;
}

export interface Disabled {
  readonly status: 'disabled';
  readonly epoch: number;
}

export interface MetricsOnly {
  readonly status: 'metrics-only';
  readonly epoch: number;
  readonly window: unknown;
  /** Why the circuit would have opened, the first time since this mode was set. */
  readonly exceeded: OpenReason | undefined;
}

export type CircuitEvent =
  | { readonly type: 'elapsed'; readonly at: number }
  | { readonly type: 'admitted'; readonly at: number }
  | {
      readonly type: 'settled';
      readonly at: number;
      readonly epoch: number;
      readonly probe: number;
      readonly verdict: Verdict;
      readonly durationMs: number;
      readonly openForMs: number | undefined;
    }
  | { readonly type: 'tripped'; readonly at: number; readonly openForMs: number | undefined }
  | { readonly type: 'mode-set'; readonly mode: Mode }
  | { readonly type: 'isolated' }
  | { readonly type: 'released' };

export interface CircuitRules {
  readonly detector: FailureDetector;
  /** Probes that decide; also the most that are let through while half-open. */
  readonly probes: number;
  /** The circuit opens again when more than this share of the probes has failed. */
  readonly permittedFailureRate: number;
  readonly probeTimeoutMs: number;
  /** How long half-open may last without a decision; Infinity when for ever. */
  readonly maxWaitMs: number;
  readonly afterMaxWait: 'open' | 'closed';
  readonly openForMs: (reopenings: number) => number;
}
