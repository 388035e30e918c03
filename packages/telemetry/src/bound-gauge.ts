import { sample } from './family.ts';
import { numberText } from './number-text.ts';
import type { Series } from './series-set.ts';

/** One series of a gauge, bound to its labels. It begins at 0. */
export class BoundGauge implements Series {
  readonly labels: string;
  #value = 0;

  constructor(labels: string) {
    this.labels = labels;
  }

  get value(): number {
    return this.#value;
  }

  /** Any number; NaN says that there is no value now. */
  set(value: number): void {
    this.#value = value;
  }

  /** May be negative. */
  add(amount: number): void {
    this.#value += amount;
  }

  text(family: string): string {
    return `${sample(family, this.labels)} ${numberText(this.#value)}\n`;
  }
}
