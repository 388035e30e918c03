import { numberOption } from '@chimera/policy';
import { denied, type RetryBudget } from './retry-budget.ts';

export interface InFlightBudgetOptions {
  /** Share of the calls in flight that may be retrying at the same time. Default 0.2. */
  readonly ratio?: number;
  /** So many calls may always be retrying, however few are in flight. Default 500. */
  readonly floor?: number;
}

/**
 * Bounds how many calls are retrying at the same moment, waiting included: Envoy's retry budget
 * (there 20 % and a floor of 3) and failsafe-go's. It needs neither a clock nor a history.
 */
export class InFlightBudget implements RetryBudget {
  readonly #ratio: number;
  readonly #floor: number;
  #active = 0;
  #retrying = 0;

  constructor({ ratio = 0.2, floor = 500 }: InFlightBudgetOptions = {}) {
    this.#ratio = numberOption('retry-policy', 'ratio', ratio, 0);
    this.#floor = numberOption('retry-policy', 'floor', floor, 0);
  }

  /** Calls in flight. */
  get active(): number {
    return this.#active;
  }

  /** Those of them that are waiting for a retry or making one. */
  get retrying(): number {
    return this.#retrying;
  }

  begin(): void {
    this.#active += 1;
  }

  withdraw(): number {
    if (this.#retrying >= Math.max(this.#floor, this.#active * this.#ratio)) return denied;
    this.#retrying += 1;
    return 1;
  }

  release(cost: number): void {
    this.#retrying -= cost;
  }

  end(_succeeded: boolean, cost: number): void {
    this.#active -= 1;
    this.#retrying -= cost;
  }
}
