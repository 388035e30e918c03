import type { Family, Kind } from './family.ts';
import type { Format } from './format.ts';
import type { LabelValues } from './metric-spec.ts';
import type { Series, SeriesSet } from './series-set.ts';

/** A metric of a registry: what it is, and its series. */
export class Metric<Label extends string, Bound extends Series> implements Family {
  readonly kind: Kind;
  readonly name: string;
  readonly help: string;
  readonly unit: string | undefined;
  readonly labels: readonly string[];
  readonly #series: SeriesSet<Bound>;

  constructor(description: Omit<Family, 'texts'>, series: SeriesSet<Bound>) {
    this.kind = description.kind;
    this.name = description.name;
    this.help = description.help;
    this.unit = description.unit;
    this.labels = description.labels;
    this.#series = series;
  }

  /**
   * The series with these label values: bind it once and keep it, so that using it costs an
   * addition. Beyond `maxSeries` it is the one whose labels are all `other`.
   * @throws RangeError when a label is missing, unknown or no string.
   */
  bind(...[labels]: LabelValues<Label>): Bound {
    return this.#series.of(labels ?? {});
  }

  *texts(format: Format): Iterable<string> {
    for (const series of this.#series) yield series.text(this.name, format);
  }
}
