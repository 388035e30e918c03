import type { BoundGauge } from './bound-gauge.ts';
import { type Family, type Kind, sample } from './family.ts';
import type { Format } from './format.ts';
import type { LabelValues } from './metric-spec.ts';
import { numberText } from './number-text.ts';
import type { SeriesSet } from './series-set.ts';

/** Tells one value during a scrape. What is told twice for the same labels adds up. */
export type Tell<Label extends string> = (value: number, ...labels: LabelValues<Label>) => void;

/** Tells the values of a metric, at each scrape anew: series that are not told are gone. */
export type Read<Label extends string> = (tell: Tell<Label>) => void;

/** A metric that is kept elsewhere and read when it is scraped: it costs nothing in between. */
export class ObservedMetric<Label extends string> implements Family {
  readonly kind: Kind;
  readonly name: string;
  readonly help: string;
  readonly unit: string | undefined;
  readonly labels: readonly string[];
  readonly #read: Read<Label>;
  readonly #emptySeries: () => SeriesSet<BoundGauge>;
  readonly #failed: () => void;

  constructor(
    description: Omit<Family, 'texts'>,
    read: Read<Label>,
    emptySeries: () => SeriesSet<BoundGauge>,
    failed: () => void,
  ) {
    this.kind = description.kind;
    this.name = description.name;
    this.help = description.help;
    this.unit = description.unit;
    this.labels = description.labels;
    this.#read = read;
    this.#emptySeries = emptySeries;
    this.#failed = failed;
  }

  /** Nothing when reading throws: no value is better than half of them. */
  *texts(_format: Format): Iterable<string> {
    const series = this.#emptySeries();
    try {
      this.#read((value, ...[labels]) => series.of(labels ?? {}).add(value));
    } catch {
      this.#failed();
      return;
    }
    const name = this.kind === 'counter' ? `${this.name}_total` : this.name;
    for (const { labels, value } of series) yield `${sample(name, labels)} ${numberText(value)}\n`;
  }
}
