import { type Clock, integerOption, refuseOption, systemClock } from '@chimera/policy';
import { BoundCounter } from './bound-counter.ts';
import { BoundGauge } from './bound-gauge.ts';
import { BoundHistogram } from './bound-histogram.ts';
import { checkedBuckets, durationBuckets } from './buckets.ts';
import { type Expose, exposition, type Pace } from './exposition.ts';
import type { Family, Kind } from './family.ts';
import type { Format } from './format.ts';
import { Metric } from './metric.ts';
import { checkLabelNames, familyOf } from './metric-rules.ts';
import type { MetricSpec } from './metric-spec.ts';
import { ObservedMetric, type Read } from './observed-metric.ts';
import type { SeriesHome } from './series-home.ts';
import { type Series, SeriesSet } from './series-set.ts';

export type Counter<Label extends string = never> = Metric<Label, BoundCounter>;
export type Gauge<Label extends string = never> = Metric<Label, BoundGauge>;
export type Histogram<Label extends string = never> = Metric<Label, BoundHistogram>;

export interface HistogramSpec<Label extends string = never> extends MetricSpec<Label> {
  /** Upper bounds, rising; +Inf is added. Default: {@link durationBuckets}, in seconds. */
  readonly buckets?: readonly number[];
}

export interface ObservedSpec<Label extends string = never> extends MetricSpec<Label> {
  /** Called at each scrape. When it throws, the scrape goes on without this metric. */
  readonly read: Read<Label>;
}

export interface MetricsRegistryOptions {
  /** Series a metric may have before the rest becomes one series `other`. Default 1,000. */
  readonly maxSeries?: number;
  /** Exposes when each series began (`_created`), in OpenMetrics. Default false: it is a series more for each. */
  readonly created?: boolean;
}

export interface MetricsRegistryDeps {
  /** Default: the system's. Its wall clock stands beside exemplars and in `_created`. */
  readonly clock?: Clock;
}

/** A family, and what has to be the same when it is asked for once more. */
interface Entry {
  readonly family: Family;
  readonly shape: string;
}

/**
 * Metrics with series that are bound once, so that counting is an addition and not a look-up.
 * Asking for the same metric twice gives the same one. It counts its own troubles too:
 * `chimera_metrics_overflowed_total`, `…_dropped_total` and `…_failed_reads_total`, by metric.
 */
export class MetricsRegistry {
  readonly #maxSeries: number;
  readonly #clock: Clock;
  readonly #createdAt: () => number | undefined;
  readonly #exemplars = { round: 0 };
  readonly #entries = new Map<string, Entry>();
  readonly #overflowed: Counter<'metric'>;
  readonly #dropped: Counter<'metric'>;
  readonly #failedReads: Counter<'metric'>;

  /** @throws RangeError when `maxSeries` is not a whole number >= 1. */
  constructor(options: MetricsRegistryOptions = {}, deps: MetricsRegistryDeps = {}) {
    this.#maxSeries = integerOption('metrics', 'maxSeries', options.maxSeries ?? 1_000, 1);
    const clock = deps.clock ?? systemClock;
    this.#clock = clock;
    this.#createdAt = options.created === true ? () => clock.now() : () => undefined;
    // As many series as there are metrics: they have room, or an overflow would overflow.
    const own = { labels: ['metric'], maxSeries: Infinity } as const;
    this.#overflowed = this.counter({
      name: 'chimera_metrics_overflowed_total',
      help: 'Label values that found no room and were bound to the series other.',
      ...own,
    });
    this.#dropped = this.counter({
      name: 'chimera_metrics_dropped_total',
      help: 'Values that a metric cannot take, such as NaN.',
      ...own,
    });
    this.#failedReads = this.counter({
      name: 'chimera_metrics_failed_reads_total',
      help: 'Scrapes that a metric is missing from because reading it failed.',
      ...own,
    });
  }

  /**
   * A sum that only grows.
   * @throws RangeError for names and labels that the formats do not allow, identifiers as labels,
   * and a name that is taken by another metric.
   */
  counter<const Label extends string = never>(spec: MetricSpec<Label>): Counter<Label> {
    return this.#metric('counter', spec, (labels, home) => new BoundCounter(labels, home));
  }

  /** A value that goes up and down. Throws as {@link counter} does. */
  gauge<const Label extends string = never>(spec: MetricSpec<Label>): Gauge<Label> {
    return this.#metric('gauge', spec, (labels) => new BoundGauge(labels));
  }

  /**
   * How values are spread, in classic buckets. Throws as {@link counter} does, and for buckets that
   * do not rise from above 0.
   */
  histogram<const Label extends string = never>(spec: HistogramSpec<Label>): Histogram<Label> {
    const bounds = checkedBuckets(spec.name, spec.buckets ?? durationBuckets);
    return this.#metric(
      'histogram',
      spec,
      (labels, home) => new BoundHistogram(labels, bounds, home),
      bounds.join(' '),
    );
  }

  /** A gauge that is kept elsewhere and read at each scrape. Throws as {@link counter} does. */
  observedGauge<const Label extends string = never>(spec: ObservedSpec<Label>): void {
    this.#observed('gauge', spec);
  }

  /** A counter that is kept elsewhere and read at each scrape. Throws as {@link counter} does. */
  observedCounter<const Label extends string = never>(spec: ObservedSpec<Label>): void {
    this.#observed('counter', spec);
  }

  /**
   * The scrape, in strings of bounded length; other work gets its turn between them, and after 1 ms at the latest.
   * @throws RangeError when `chunkLength` is not a whole number >= 1.
   */
  expose(options: Expose = {}): AsyncGenerator<string, void, undefined> {
    const { format = 'openmetrics', chunkLength = 16_384 } = options;
    integerOption('metrics', 'chunkLength', chunkLength, 1);
    return this.#expose(format, { chunkLength, clock: this.#clock });
  }

  /**
   * The next exemplar of each series takes the place of the one that it has. A scrape that shows
   * exemplars does so by itself; without one, they grow old.
   */
  renewExemplars(): void {
    this.#exemplars.round += 1;
  }

  async *#expose(format: Format, pace: Pace): AsyncGenerator<string, void, undefined> {
    yield* exposition(this.#families(), format, pace);
    if (format === 'openmetrics') this.renewExemplars();
  }

  *#families(): Iterable<Family> {
    for (const { family } of this.#entries.values()) yield family;
  }

  #metric<Label extends string, Bound extends Series>(
    kind: Kind,
    spec: MetricSpec<Label>,
    make: (labels: string, home: SeriesHome) => Bound,
    buckets = '',
  ): Metric<Label, Bound> {
    const description = this.#describe(kind, spec);
    const shape = `${kind} with labels (${description.labels.join(', ')})${buckets && ` and buckets ${buckets}`}`;
    const known = this.#entries.get(description.name);
    if (known !== undefined) {
      if (known.shape !== shape) {
        refuseOption('metrics', 'name', `not yet taken by a ${known.shape}`, spec.name);
      }
      // The same shape was made by the same method.
      return known.family as Metric<Label, Bound>;
    }
    const home: SeriesHome = {
      clock: this.#clock,
      createdAt: this.#createdAt,
      exemplars: this.#exemplars,
      dropped: () => this.#dropped.bind({ metric: spec.name }).add(),
    };
    const series = this.#seriesOf(spec, (labels) => make(labels, home));
    // Without labels there is one series, and it is seen from the start.
    if (description.labels.length === 0) series.of({});
    const family = new Metric<Label, Bound>(description, series);
    this.#entries.set(description.name, { family, shape });
    return family;
  }

  #observed<Label extends string>(kind: Kind, spec: ObservedSpec<Label>): void {
    const description = this.#describe(kind, spec);
    const known = this.#entries.get(description.name);
    if (known !== undefined) {
      refuseOption('metrics', 'name', `not yet taken by a ${known.shape}`, spec.name);
    }
    const family = new ObservedMetric<Label>(
      description,
      spec.read,
      () => this.#seriesOf(spec, (labels) => new BoundGauge(labels)),
      () => this.#failedReads.bind({ metric: spec.name }).add(),
    );
    this.#entries.set(description.name, { family, shape: `${kind} that is read` });
  }

  #describe<Label extends string>(kind: Kind, spec: MetricSpec<Label>): Omit<Family, 'texts'> {
    const { name, help, unit, labels = [] } = spec;
    const family = familyOf(kind, name, unit);
    if (typeof help !== 'string' || help === '') refuseOption(name, 'help', 'a text', help);
    checkLabelNames(name, labels);
    return { name: family, kind, help, unit, labels: [...labels] };
  }

  #seriesOf<Label extends string, Bound extends Series>(
    spec: MetricSpec<Label>,
    make: (labels: string) => Bound,
  ): SeriesSet<Bound> {
    const limit = integerOption(spec.name, 'maxSeries', spec.maxSeries ?? this.#maxSeries, 1);
    const overflowed = () => this.#overflowed.bind({ metric: spec.name }).add();
    return new SeriesSet(spec.name, spec.labels ?? [], limit, make, overflowed);
  }
}
