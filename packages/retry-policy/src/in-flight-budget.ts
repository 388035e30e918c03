import { numberOption } from '@chimera/policy';
import { denied, type RetryBudget } from './retry-budget.ts';

export interface InFlightBudgetOptions {
  /** Share of the calls in flight that may be retrying at the same time. Default 0.2. */
  readonly ratio?: number;
  /** So many calls may always be retrying, however few are in flight. Default 500. */
  readonly floor?: number;
}

type Bound = Required<InFlightBudgetOptions>;

/** What most budgets have; they share it. */
const defaultBound = /* @__PURE__ */ boundOf({});

/**
 * Bounds how many calls are retrying at the same moment, waiting included: Envoy's retry budget
 * (there 20 % and a floor of 3) and failsafe-go's. It needs neither a clock nor a history.
 */
export class InFlightBudget implements RetryBudget {
  readonly #bound: Bound;
  #active = 0;
  #retrying = 0;

  constructor(options?: InFlightBudgetOptions) {
    this.#bound = options === undefined ? defaultBound : boundOf(options);
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
    const { ratio, floor } = this.#bound;
    if (this.#retrying >= Math.max(floor, this.#active * ratio)) return denied;
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

function boundOf({ ratio = 0.2, floor = 500 }: InFlightBudgetOptions): Bound {
  return {
    ratio: numberOption('retry-policy', 'ratio', ratio, 0),
    floor: numberOption('retry-policy', 'floor', floor, 0),
  };
}
