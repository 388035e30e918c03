import { type ExemplarSource, exemplarText, type KeptExemplar, keptExemplar } from './exemplar.ts';
import { sample } from './family.ts';
import type { Format } from './format.ts';
import { numberText } from './number-text.ts';
import type { SeriesHome } from './series-home.ts';
import type { Series } from './series-set.ts';

/** One series of a counter, bound to its labels. */
export class BoundCounter implements Series {
  readonly labels: string;
  readonly #home: SeriesHome;
  readonly #rounds: SeriesHome['exemplars'];
  readonly #createdAt: number | undefined;
  #value = 0;
  #exemplar: KeptExemplar | undefined = undefined;
  /** In which its exemplar was taken. */
  #round = -1;

  constructor(labels: string, home: SeriesHome) {
    this.labels = labels;
    this.#home = home;
    this.#rounds = home.exemplars;
    this.#createdAt = home.createdAt();
  }

  get value(): number {
    return this.#value;
  }

  /**
   * Default 1. What is not a finite number >= 0 is dropped, and the drop counted: telemetry stops
   * no work. Of the exemplars between two scrapes the first is kept.
   */
  add(amount?: number, exemplar?: ExemplarSource): void;
  add<Subject>(amount: number, exemplar: ExemplarSource<Subject>, subject: Subject): void;
  add<Subject>(amount = 1, exemplar?: ExemplarSource<Subject>, subject?: Subject): void {
    // A text would be appended to the value.
    if (!Number.isFinite(amount) || amount < 0) {
      this.#home.dropped();
      return;
    }
    this.#value += amount;
    const { round } = this.#rounds;
    if (exemplar === undefined || this.#round === round) return;
    this.#round = round;
    this.#exemplar = keptExemplar(this.#home, amount, exemplar, subject as Subject);
  }

  text(family: string, format: Format): string {
    const isOpen = format === 'openmetrics';
    const exemplar = isOpen ? exemplarText(this.#exemplar) : '';
    const line = `${sample(`${family}_total`, this.labels)} ${numberText(this.#value)}${exemplar}\n`;
    if (!isOpen || this.#createdAt === undefined) return line;
    return `${line}${sample(`${family}_created`, this.labels)} ${this.#createdAt / 1_000}\n`;
  }
}
