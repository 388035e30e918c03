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
  protected readonly ratio: number = 0.2;
  protected readonly floor: number = 500;
  protected calls = 0;
  protected retries = 0;

  begin(): void {
    this.calls += 1;
  }

  withdraw(): number {
    if (this.retries >= Math.max(this.floor, this.calls * this.ratio)) return denied;
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
}

/**
 * Bounds how many calls are retrying at the same moment, waiting included: Envoy's retry budget
 * (there 20 % and a floor of 3) and failsafe-go's. It needs neither a clock nor a history.
 */
export class InFlightBudget extends DefaultBudget {
  protected override readonly ratio: number;
  protected override readonly floor: number;

  constructor({ ratio = 0.2, floor = 500 }: InFlightBudgetOptions = {}) {
    super();
    this.ratio = numberOption('retry-policy', 'ratio', ratio, 0);
    this.floor = numberOption('retry-policy', 'floor', floor, 0);
  }

  /** Calls in flight. */
  get active(): number {
    return this.calls;
  }

  /** Those of them that are waiting for a retry or making one. */
  get retrying(): number {
    return this.retries;
  }
}
