import { type ExemplarSource, exemplarText, type KeptExemplar, keptExemplar } from './exemplar.ts';
import { sample } from './family.ts';
import type { Format } from './format.ts';
import { canonicalBound, numberText } from './number-text.ts';
import type { SeriesHome } from './series-home.ts';
import type { Series } from './series-set.ts';

/** The first bucket's numbers; before them stands the sum. */
const firstBucket = 1;
/** Of each bucket: its upper bound, its values (not cumulative), and the round of its exemplar. */
const numbersOfBucket = 3;

/** One series of a histogram, bound to its labels. */
export class BoundHistogram implements Series {
  readonly labels: string;
  readonly #home: SeriesHome;
  readonly #rounds: SeriesHome['exemplars'];
  /**
   * All numbers that a value touches, side by side: between two values other work has the caches,
   * and what is fetched again is most of the cost.
   */
  readonly #numbers: Float64Array;
  readonly #createdAt: number | undefined;
  #exemplars: (KeptExemplar | undefined)[] | undefined = undefined;

  constructor(labels: string, bounds: readonly number[], home: SeriesHome) {
    this.labels = labels;
    this.#home = home;
    this.#rounds = home.exemplars;
    this.#numbers = Float64Array.from([
      0,
      ...[...bounds, Infinity].flatMap((bound) => [bound, 0, Number.NaN]),
    ]);
    this.#createdAt = home.createdAt();
  }

  get count(): number {
    let total = 0;
    for (const { count } of this.#buckets()) total += count;
    return total;
  }

  get sum(): number {
    return this.#numbers[0] as number;
  }

  /**
   * What is not a finite number >= 0 is dropped, and the drop counted: the sum has to grow. Of
   * the exemplars of a bucket between two scrapes the first is kept.
   */
  observe(value: number, exemplar?: ExemplarSource): void;
  observe<Subject>(value: number, exemplar: ExemplarSource<Subject>, subject: Subject): void;
  observe<Subject>(value: number, exemplar?: ExemplarSource<Subject>, subject?: Subject): void {
    if (!Number.isFinite(value) || value < 0) {
      this.#home.dropped();
      return;
    }
    const numbers = this.#numbers;
    let bucket = firstBucket;
    // Few bounds, and most values are small: no search is faster. The last one is infinite.
    while (value > (numbers[bucket] as number)) bucket += numbersOfBucket;
    (numbers[bucket + 1] as number) += 1;
    (numbers[0] as number) += value;
    if (exemplar !== undefined && numbers[bucket + 2] !== this.#rounds.round)
      this.#keep(bucket, value, exemplar, subject as Subject);
  }

  #keep<Subject>(
    bucket: number,
    value: number,
    exemplar: ExemplarSource<Subject>,
    subject: Subject,
  ): void {
    this.#exemplars ??= [];
    this.#exemplars[(bucket - firstBucket) / numbersOfBucket] = keptExemplar(
      this.#home,
      value,
      exemplar,
      subject,
    );
    this.#numbers[bucket + 2] = this.#rounds.round;
  }

  *#buckets(): Iterable<{ readonly bound: number; readonly count: number }> {
    const numbers = this.#numbers;
    for (let bucket = firstBucket; bucket < numbers.length; bucket += numbersOfBucket)
      yield { bound: numbers[bucket] as number, count: numbers[bucket + 1] as number };
  }

  text(family: string, format: Format): string {
    const isOpen = format === 'openmetrics';
    const boundText = isOpen ? canonicalBound : numberText;
    let text = '';
    let count = 0;
    let index = 0;
    for (const { bound, count: inBucket } of this.#buckets()) {
      count += inBucket;
      const le = `le="${boundText(bound)}"`;
      const exemplar = isOpen ? exemplarText(this.#exemplars?.[index]) : '';
      index += 1;
      text += `${sample(`${family}_bucket`, this.labels, le)} ${count}${exemplar}\n`;
    }
    text += `${sample(`${family}_sum`, this.labels)} ${numberText(this.sum)}\n`;
    text += `${sample(`${family}_count`, this.labels)} ${count}\n`;
    if (!isOpen || this.#createdAt === undefined) return text;
    return `${text}${sample(`${family}_created`, this.labels)} ${this.#createdAt / 1_000}\n`;
  }
}
