import { refuseOption } from '@chimera/policy';
import type { Format } from './format.ts';
import { labelText } from './label-text.ts';

export interface Series {
  /** As exposed, without the braces. */
  readonly labels: string;
  /** Its lines in a scrape. */
  text(family: string, format: Format): string;
}

/** The series of one metric, one for each set of label values, and one for all that came too late. */
export class SeriesSet<One extends Series> {
  readonly #metric: string;
  readonly #names: readonly string[];
  readonly #limit: number;
  readonly #make: (labels: string) => One;
  readonly #overflowed: () => void;
  readonly #byLabels = new Map<string, One>();
  #isFull = false;

  constructor(
    metric: string,
    names: readonly string[],
    limit: number,
    make: (labels: string) => One,
    overflowed: () => void,
  ) {
    this.#metric = metric;
    this.#names = names;
    this.#limit = limit;
    this.#make = make;
    this.#overflowed = overflowed;
  }

  get size(): number {
    return this.#byLabels.size;
  }

  /** The series that has these label values; made when it is new and there is room. */
  of(labels: Readonly<Record<string, string>>): One {
    const values = this.#names.map((name) => this.#valueOf(labels, name));
    if (Object.keys(labels).length > values.length) {
      const unknown = Object.keys(labels).filter((name) => !this.#names.includes(name));
      refuseOption(this.#metric, 'labels', this.#names.join(', ') || 'none', unknown.join(', '));
    }
    const text = labelText(this.#names, values);
    const known = this.#byLabels.get(text);
    if (known !== undefined) return known;
    if (!this.#isFull && this.#byLabels.size < this.#limit) return this.#add(text);
    this.#isFull = true;
    this.#overflowed();
    const others = labelText(
      this.#names,
      this.#names.map(() => 'other'),
    );
    return this.#byLabels.get(others) ?? this.#add(others);
  }

  [Symbol.iterator](): Iterator<One> {
    return this.#byLabels.values();
  }

  #add(text: string): One {
    const series = this.#make(text);
    this.#byLabels.set(text, series);
    return series;
  }

  #valueOf(labels: Readonly<Record<string, string>>, name: string): string {
    const value = labels[name];
    return typeof value === 'string'
      ? value
      : refuseOption(this.#metric, `label ${name}`, 'a string', value);
  }
}
