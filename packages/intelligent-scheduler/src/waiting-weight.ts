import type { Task } from './task.ts';

/** The weights of the tenants that have tasks waiting. */
export class WaitingWeight {
  readonly #weights: ReadonlyMap<string, number>;
  readonly #tasksOf = new Map<string, number>();
  #total = 0;

  constructor(weights: ReadonlyMap<string, number>) {
    this.#weights = weights;
  }

  get total(): number {
    return this.#total;
  }

  entered({ tenant = '' }: Task): void {
    const tasks = this.#tasksOf.get(tenant) ?? 0;
    this.#tasksOf.set(tenant, tasks + 1);
    if (tasks === 0) this.#total += this.#weights.get(tenant) ?? 1;
  }

  left({ tenant = '' }: Task): void {
    const tasks = (this.#tasksOf.get(tenant) ?? 1) - 1;
    if (tasks > 0) {
      this.#tasksOf.set(tenant, tasks);
      return;
    }
    this.#tasksOf.delete(tenant);
    // Starting from 0 again keeps the error of sums of fractions from growing.
    this.#total = this.#tasksOf.size === 0 ? 0 : this.#total - (this.#weights.get(tenant) ?? 1);
  }
}
