interface PolicyEvent<Type extends string> {
  readonly type: Type;
  /** The name of the policy. */
  readonly policy: string;
  /** Wall-clock ms since the epoch. */
  readonly at: number;
}

/**
 * Why a call was refused: it found the queue full, waited for longer than `maxWait`, or was
 * cleared; or its deadline had passed when its turn came.
 */
export type RefusalReason = 'queue full' | 'waited too long' | 'deadline passed' | 'cleared';

/** What listeners of a `Bulkhead` or an `AdaptiveLimit` are told, after it has happened. */
export type LimitEvent =
  QueuedEvent | AdmittedEvent | ReleasedEvent | LimitRejectedEvent | ResizedEvent;

export interface QueuedEvent extends PolicyEvent<'queued'> {
  readonly priority: number;
  /** How many wait now, this one included. */
  readonly queued: number;
}

export interface AdmittedEvent extends PolicyEvent<'admitted'> {
  readonly waitedMs: number;
  /** How many permits are held now, this one included. */
  readonly inFlight: number;
}

/** A permit was given back. */
export interface ReleasedEvent extends PolicyEvent<'released'> {
  readonly inFlight: number;
}

export interface LimitRejectedEvent extends PolicyEvent<'rejected'> {
  readonly reason: RefusalReason;
}

/** The limit is another one now. */
export interface ResizedEvent extends PolicyEvent<'resized'> {
  readonly from: number;
  readonly to: number;
}
