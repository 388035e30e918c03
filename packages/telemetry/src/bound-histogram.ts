import { type ExemplarSource, exemplarText, type KeptExemplar, keptExemplar } from './exemplar.ts';
import { sample } from './family.ts';
import type { Format } from './format.ts';
import { canonicalBound, numberText } from './number-text.ts';
import type { SeriesHome } from './series-home.ts';
import type { Series } from './series-set.ts';

/** One series of a histogram, bound to its labels. */
export class BoundHistogram implements Series {
  readonly labels: string;
  readonly #home: SeriesHome;
  readonly #bounds: readonly number[];
  /** Not cumulative; the last one is for what is above every bound. */
  readonly #counts: Float64Array;
  readonly #createdAt: number | undefined;
  #sum = 0;
  #exemplars: (KeptExemplar | undefined)[] | undefined = undefined;

  constructor(labels: string, bounds: readonly number[], home: SeriesHome) {
    this.labels = labels;
    this.#home = home;
    this.#bounds = bounds;
    this.#counts = new Float64Array(bounds.length + 1);
    this.#createdAt = home.createdAt();
  }

  get count(): number {
    return this.#counts.reduce((total, count) => total + count, 0);
  }

  get sum(): number {
    return this.#sum;
  }

  /**
   * What is not a finite number >= 0 is dropped, and the drop counted: the sum has to grow. Of
   * the exemplars of a bucket between two scrapes the first is kept.
   */
  observe(value: number, exemplar?: ExemplarSource): void;
  observe<Subject>(value: number, exemplar: ExemplarSource<Subject>, subject: Subject): void;
  observe<Subject>(value: number, exemplar?: ExemplarSource<Subject>, subject?: Subject): void {
    if (!(value >= 0 && value < Infinity)) {
      this.#home.dropped();
      return;
    }
    const bounds = this.#bounds;
    let bucket = 0;
    // Few bounds, and most values are small: no search is faster.
    while (bucket < bounds.length && value > (bounds[bucket] as number)) bucket += 1;
    (this.#counts[bucket] as number) += 1;
    this.#sum += value;
    if (exemplar !== undefined) {
      this.#exemplars ??= Array.from({ length: bounds.length + 1 });
      const kept = this.#exemplars[bucket];
      this.#exemplars[bucket] = keptExemplar(kept, this.#home, value, exemplar, subject as Subject);
    }
  }

  text(family: string, format: Format): string {
    const isOpen = format === 'openmetrics';
    const bound = isOpen ? canonicalBound : numberText;
    let text = '';
    let count = 0;
    for (const [bucket, inBucket] of this.#counts.entries()) {
      count += inBucket;
      const le = `le="${bound(this.#bounds[bucket] ?? Infinity)}"`;
      const exemplar = isOpen ? exemplarText(this.#exemplars?.[bucket]) : '';
      text += `${sample(`${family}_bucket`, this.labels, le)} ${count}${exemplar}\n`;
    }
    text += `${sample(`${family}_sum`, this.labels)} ${numberText(this.#sum)}\n`;
    text += `${sample(`${family}_count`, this.labels)} ${count}\n`;
    if (!isOpen || this.#createdAt === undefined) return text;
    return `${text}${sample(`${family}_created`, this.labels)} ${this.#createdAt / 1_000}\n`;
  }
}
