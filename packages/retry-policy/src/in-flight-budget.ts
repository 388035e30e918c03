import { numberOption } from '@chimera/policy';
import { denied, type RetryBudget } from './retry-budget.ts';

export interface InFlightBudgetOptions {
  /** Share of the calls in flight that may be retrying at the same time. Default 0.2. */
  readonly ratio?: number;
  /** So many calls may always be retrying, however few are in flight. Default 500. */
  readonly floor?: number;
}

/** An {@link InFlightBudget} without options: what every policy has unless told otherwise. */
export class DefaultBudget implements RetryBudget {
  protected calls = 0;
  protected retries = 0;

  begin(): void {
    this.calls += 1;
  }

  withdraw(): number {
    if (this.retries >= this.mostRetries()) return denied;
    this.retries += 1;
    return 1;
  }

  release(cost: number): void {
    this.retries -= cost;
  }

  end(_succeeded: boolean, cost: number): void {
    this.calls -= 1;
    this.retries -= cost;
  }

  /** So many calls may be retrying now. No fields for it: each policy has a budget. */
  protected mostRetries(): number {
    return Math.max(500, this.calls * 0.2);
  }
}

/**
 * Bounds how many calls are retrying at the same moment, waiting included: Envoy's retry budget
 * (there 20 % and a floor of 3) and failsafe-go's. It needs neither a clock nor a history.
 */
export class InFlightBudget extends DefaultBudget {
  readonly #ratio: number;
  readonly #floor: number;

  constructor({ ratio = 0.2, floor = 500 }: InFlightBudgetOptions = {}) {
    super();
    this.#ratio = numberOption('retry-policy', 'ratio', ratio, 0);
    this.#floor = numberOption('retry-policy', 'floor', floor, 0);
  }

  /** Calls in flight. */
  get active(): number {
    return this.calls;
  }

  /** Those of them that are waiting for a retry or making one. */
  get retrying(): number {
    return this.retries;
  }

  protected override mostRetries(): number {
    return Math.max(this.#floor, this.calls * this.#ratio);
  }
}
