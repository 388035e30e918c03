import type { Task } from './task.ts';

/** The weights of the tenants that have tasks waiting. */
export class WaitingWeight {
  readonly #weights: ReadonlyMap<string, number>;
  readonly #tenants = new Map<string, { tasks: number; readonly weight: number }>();
  #total = 0;

  constructor(weights: ReadonlyMap<string, number>) {
    this.#weights = weights;
  }

  get total(): number {
    return this.#total;
  }

  entered({ tenant = '' }: Task): void {
    const known = this.#tenants.get(tenant);
    if (known !== undefined) {
      known.tasks += 1;
      return;
    }
    const weight = this.#weights.get(tenant) ?? 1;
    this.#tenants.set(tenant, { tasks: 1, weight });
    this.#total += weight;
  }

  left({ tenant = '' }: Task): void {
    const known = this.#tenants.get(tenant);
    if (known === undefined) return;
    known.tasks -= 1;
    if (known.tasks > 0) return;
    this.#tenants.delete(tenant);
    // Starting from 0 again keeps the error of sums of fractions from growing.
    this.#total = this.#tenants.size === 0 ? 0 : this.#total - known.weight;
  }
}
