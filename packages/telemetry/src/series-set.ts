import { refuseOption } from '@chimera/policy';
import type { Format } from './format.ts';
import { labelText } from './label-text.ts';

export interface Series {
  /** As exposed, without the braces. */
  readonly labels: string;
  /** Its lines in a scrape. */
  text(family: string, format: Format): string;
}

type Branch<One> = Map<string, Branch<One> | One>;

/** The series of one metric, one for each set of label values, and one for all that came too late. */
export class SeriesSet<One extends Series> {
  readonly #metric: string;
  readonly #names: readonly string[];
  readonly #limit: number;
  readonly #make: (labels: string) => One;
  readonly #overflowed: () => void;
  readonly #byLabels = new Map<string, One>();
  /** The same by the values as they were given, one level for each label: no text has to be made. */
  readonly #byValues: Branch<One> = new Map();
  #branches = 0;
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
    return this.#seen(labels) ?? this.#look(labels);
  }

  /** Undefined for values that have not been looked for, and for labels that are not the metric's. */
  #seen(labels: Readonly<Record<string, string>>): One | undefined {
    let given = 0;
    for (const _ in labels) given += 1;
    if (given !== this.#names.length) return undefined;
    let at: Branch<One> | One | undefined = this.#byValues;
    for (const name of this.#names) {
      const value = labels[name];
      if (value === undefined || !(at instanceof Map)) return undefined;
      at = at.get(value);
    }
    return at instanceof Map ? undefined : at;
  }

  #look(labels: Readonly<Record<string, string>>): One {
    const values = this.#names.map((name) => this.#valueOf(labels, name));
    if (Object.keys(labels).length > values.length) {
      const unknown = Object.keys(labels).filter((name) => !this.#names.includes(name));
      refuseOption(this.#metric, 'labels', this.#names.join(', ') || 'none', unknown.join(', '));
    }
    const text = labelText(this.#names, values);
    const known = this.#byLabels.get(text);
    if (known !== undefined) return this.#remember(values, known);
    if (!this.#isFull && this.#byLabels.size < this.#limit)
      return this.#remember(values, this.#add(text));
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

  /** Other values may have the same text: without a bound there could be any number. */
  #remember(values: readonly string[], series: One): One {
    const last = values.at(-1);
    if (last === undefined || this.#branches >= this.#limit) return series;
    let at = this.#byValues;
    for (const value of values.slice(0, -1)) {
      let next = at.get(value);
      if (!(next instanceof Map)) {
        next = new Map();
        at.set(value, next);
      }
      at = next;
    }
    at.set(last, series);
    this.#branches += 1;
    return series;
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
