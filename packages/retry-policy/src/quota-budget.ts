import { integerOption, numberOption } from '@chimera/policy';
import { denied, type RetryBudget } from './retry-budget.ts';

export interface QuotaBudgetOptions {
  /** Tokens when full, which it is at first. Default 500. */
  readonly capacity?: number;
  /** Tokens that a retry takes. Default 14. */
  readonly cost?: number;
  /** What a retry after this error takes instead, at least 0; undefined for `cost`. AWS takes 5 after throttling. */
  readonly costOf?: (error: unknown) => number | undefined;
  /** Tokens that a success without a retry gives. Default 1. */
  readonly refund?: number;
}

const owner = 'retry-policy';

/**
 * A bucket of tokens that only successes fill: the retry quota of the AWS SDKs' standard mode,
 * with its defaults of 2026. A success after a retry gives back what that retry took. While a
 * dependency stays down the bucket runs dry and stays so, for a caller that is alone too.
 */
export class QuotaBudget implements RetryBudget {
  readonly #capacity: number;
  readonly #cost: number;
  readonly #costOf: ((error: unknown) => number | undefined) | undefined;
  readonly #refund: number;
  #tokens: number;

  constructor({ capacity = 500, cost = 14, costOf, refund = 1 }: QuotaBudgetOptions = {}) {
    this.#capacity = integerOption(owner, 'capacity', capacity, 1);
    this.#cost = numberOption(owner, 'cost', cost, 0);
    this.#costOf = costOf;
    this.#refund = numberOption(owner, 'refund', refund, 0);
    this.#tokens = capacity;
  }

  get tokens(): number {
    return this.#tokens;
  }

  begin(): void {}

  withdraw(error: unknown): number {
    const cost = numberOption(owner, 'what costOf returns', this.#costOf?.(error) ?? this.#cost, 0);
    if (cost > this.#tokens) return denied;
    this.#tokens -= cost;
    return cost;
  }

  release(): void {}

  end(succeeded: boolean, cost: number): void {
    if (!succeeded) return;
    this.#tokens = Math.min(this.#capacity, this.#tokens + (cost === 0 ? this.#refund : cost));
  }
}
