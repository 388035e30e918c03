import type { PolicySpec } from './scenario-schema.ts';
import type { World } from './world.ts';

/** A library, told the scenarios' words. */
export interface Adapter<W extends World = World> {
  readonly library: string;
  readonly version: string;
  /** What it has no way to do, and why a scenario that needs it does not apply. */
  readonly lacks: Partial<Readonly<Record<Need, string>>>;
  /** The time and the random numbers that it runs on, for one case. */
  open(random: () => number): W;
  /** What is asked for, by the documented options that come closest. */
  create(policies: readonly PolicySpec[], world: W, handOver: HandOver): Subject | NotApplicable;
}

/** Notes an object of the caller before the library gets it; returns it. */
export type HandOver = <Handed extends object>(object: Handed) => Handed;

/** Abilities that steps and expectations need, beyond making a call. */
export type Need =
  | 'state'
  | 'counts'
  | 'disposal'
  | 'tokens'
  | 'rate'
  | 'limit'
  | 'signal'
  | 'priority'
  | 'isolate'
  | 'disabled'
  | 'metrics-only'
  | 'restart'
  | 'listen'
  | 'retry notice'
  | 'retry-after'
  | 'clear'
  | 'would-open notice';

export type CircuitName =
  'closed' | 'open' | 'half-open' | 'isolated' | 'disabled' | 'metrics-only';

/** What the library's own errors say. */
export type Refusal = 'rejected' | 'timed-out' | 'aborted';

export type Work = (signal: AbortSignal | undefined) => unknown;

export interface CallSettings {
  readonly signal: AbortSignal | undefined;
  readonly priority: number | undefined;
  /** To be called when the library announces a retry. */
  readonly onRetry: (() => void) | undefined;
}

/** One arrangement of policies. What it cannot do is absent, and named in `lacks`. */
export interface Subject {
  call(work: Work, settings: CallSettings): unknown;
  refusalOf(error: unknown): Refusal | undefined;
  retryAfterMs?(error: unknown): number | undefined;
  state?(): CircuitName;
  counts?(): { readonly calls: number; readonly failures: number };
  tokens?(): number;
  rate?(): number;
  limit?(): number;
  /** Returns what gives the isolation back. */
  isolate?(): () => void;
  setMode?(mode: 'disabled' | 'metrics-only'): void;
  store?(): unknown;
  /** A new one like this, given what was stored. */
  restart?(stored: unknown): Subject;
  /** Subscribes to everything that can be listened to. */
  listen?(listener: () => void): void;
  onWouldOpen?(listener: () => void): void;
  clear?(): void;
}

export class NotApplicable {
  readonly reason: string;

  constructor(reason: string) {
    this.reason = reason;
  }
}
