import type { Random } from '@chimera/policy';

/** Draws whole numbers and choices from a source of randomness. */
export class Choices {
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  /** From `min` to `max`, both included. */
  integer(min: number, max: number): number {
    return min + Math.floor(this.#random() * (max - min + 1));
  }

  isLucky(share: number): boolean {
    return this.#random() < share;
  }

  oneOf<T>(first: T, ...others: readonly T[]): T {
    return others[this.integer(-1, others.length - 1)] ?? first;
  }

  /** One of the values, each as likely as its weight says. */
  weighted<T>(...choices: readonly (readonly [weight: number, value: T])[]): T {
    const total = choices.reduce((sum, [weight]) => sum + weight, 0);
    let drawn = this.#random() * total;
    for (const [weight, value] of choices) {
      drawn -= weight;
      if (drawn < 0) return value;
    }
    const [last] = choices.slice(-1);
    if (last === undefined) throw new RangeError('proving: nothing to choose from');
    return last[1];
  }
}
