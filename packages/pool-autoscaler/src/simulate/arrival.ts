import { refuseOption } from '@chimera/policy';

/** One piece of work of a load: when it comes, and how long a slot is busy with it. */
export interface Arrival {
  /** Ms from the start of the load. */
  readonly at: number;
  readonly serviceMs: number;
}

/** @throws RangeError for arrivals that would never end, or that go back in time. */
export function checkArrivals(arrivals: readonly Arrival[]): void {
  let last = 0;
  for (const [index, { at, serviceMs }] of arrivals.entries()) {
    if (!(at >= last && at < Infinity)) {
      refuseOption('simulate', `arrivals[${index}].at`, `a finite number >= ${last}`, at);
    }
    if (!(serviceMs >= 0 && serviceMs < Infinity)) {
      refuseOption('simulate', `arrivals[${index}].serviceMs`, 'a finite number >= 0', serviceMs);
    }
    last = at;
  }
}

/** A named load, in order of arrival. */
export interface Load {
  readonly name: string;
  /** How service times were found, when the trace does not tell them. */
  readonly model: string;
  readonly arrivals: readonly Arrival[];
}
