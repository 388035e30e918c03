import type { RateLimitRules } from '../check/rules.ts';

/** Forgiven in counts of tokens that are computed from fractions. */
const epsilon = 1e-6;

/** The limit as its definition has it: from the instants of all calls that were ever let through. */
export class NaiveRateLimit {
  readonly #rules: RateLimitRules;
  readonly #startedAt: number[] = [];

  constructor(rules: RateLimitRules) {
    this.#rules = rules;
  }

  started(at: number): void {
    this.#startedAt.push(at);
  }

  /**
   * Is there room for one call more, at this instant? Over every span that ends now: no more than
   * `max` and what has flowed in since (token bucket), or no more than `max` in `perMs`.
   */
  hasRoomAt(at: number): boolean {
    return this.#isWithin([...this.#startedAt, at]);
  }

  /** Were all calls so far within the limit? */
  get isKept(): boolean {
    return this.#isWithin(this.#startedAt);
  }

  #isWithin(instants: readonly number[]): boolean {
    const { rule, max, perMs } = this.#rules;
    const last = instants.at(-1) ?? 0;
    return instants.every((first, index) => {
      const calls = instants.length - index;
      const spanMs = last - first;
      if (rule === 'token-bucket') return calls <= max + (spanMs * max) / perMs + epsilon;
      return spanMs >= perMs || calls <= max;
    });
  }
}
