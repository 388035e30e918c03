interface PolicyEvent<Type extends string> {
  readonly type: Type;
  /** The name of the policy. */
  readonly policy: string;
  /** Wall-clock ms since the epoch. */
  readonly at: number;
}

/** What listeners of a `RateLimit` are told, after it has happened. */
export type RateLimitEvent = RateQueuedEvent | RateAdmittedEvent | RateRejectedEvent;

export interface RateQueuedEvent extends PolicyEvent<'queued'> {
  /** How long until its turn comes, if nobody ahead of it gives up. */
  readonly waitMs: number;
  /** How many wait now, this one included. */
  readonly waiting: number;
}

/** A turn was used. */
export interface RateAdmittedEvent extends PolicyEvent<'admitted'> {
  readonly waitedMs: number;
}

export interface RateRejectedEvent extends PolicyEvent<'rejected'> {
  readonly retryAfterMs: number;
}
