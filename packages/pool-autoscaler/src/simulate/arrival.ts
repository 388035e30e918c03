/** One piece of work of a load: when it comes, and how long a slot is busy with it. */
export interface Arrival {
  /** Ms from the start of the load. */
  readonly at: number;
  readonly serviceMs: number;
}

/** A named load, in order of arrival. */
export interface Load {
  readonly name: string;
  /** How service times were found, when the trace does not tell them. */
  readonly model: string;
  readonly arrivals: readonly Arrival[];
}
