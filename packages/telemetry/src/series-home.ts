import type { Clock } from '@chimera/policy';

/** What a metric's series share with their registry. */
export interface SeriesHome {
  readonly clock: Clock;
  /** A series takes one exemplar in a round: rounds go from scrape to scrape. */
  readonly exemplars: { readonly round: number };
  /** Says when a series began, in wall-clock ms; undefined when that is not exposed. */
  readonly createdAt: () => number | undefined;
  /** A value was not one that the metric can take. */
  readonly dropped: () => void;
}
