import type { CapacityRule, Scope } from './capacity.ts';
import { TaskHeap } from './task-heap.ts';
import type { Task } from './task.ts';

/**
 * What the limits need to know of those who wait: how many each tenant has, and, where somebody
 * gives way, in which order: the lowest priority first, and of that the last that was pushed.
 */
export class WaitingRoom<T extends Task> {
  readonly #counts: Map<string, number> | undefined;
  readonly #all: TaskHeap<T> | undefined;
  readonly #ofTenants: Map<string, TaskHeap<T>> | undefined;
  #pushed = 0;

  constructor({ limit, limitPerTenant, whenFull }: CapacityRule) {
    const sheds = whenFull === 'shed';
    const countsTenants = limitPerTenant !== Infinity;
    this.#counts = countsTenants ? new Map() : undefined;
    this.#all = sheds && limit !== Infinity ? new TaskHeap() : undefined;
    this.#ofTenants = sheds && countsTenants ? new Map() : undefined;
  }

  waitingOf({ tenant = '' }: Task): number {
    return this.#counts?.get(tenant) ?? 0;
  }

  /** Who gives way first; undefined where nobody does. */
  leastUrgent(scope: Scope, { tenant = '' }: Task): T | undefined {
    return (scope === 'queue' ? this.#all : this.#ofTenants?.get(tenant))?.first;
  }

  entered(task: T): void {
    const { priority, tenant = '' } = task;
    this.#counts?.set(tenant, this.waitingOf(task) + 1);
    // A smaller tie goes first.
    this.#pushed -= 1;
    this.#all?.add(task, priority, this.#pushed);
    this.#heapOf(tenant)?.add(task, priority, this.#pushed);
  }

  left(task: T): void {
    const { id, tenant = '' } = task;
    this.#all?.remove(id);
    this.#ofTenants?.get(tenant)?.remove(id);
    if (this.#counts === undefined) return;
    const remaining = this.waitingOf(task) - 1;
    if (remaining > 0) {
      this.#counts.set(tenant, remaining);
      return;
    }
    this.#counts.delete(tenant);
    this.#ofTenants?.delete(tenant);
  }

  reprioritised(task: T): void {
    this.#all?.replace(task, task.priority);
    this.#ofTenants?.get(task.tenant ?? '')?.replace(task, task.priority);
  }

  #heapOf(tenant: string): TaskHeap<T> | undefined {
    if (this.#ofTenants === undefined) return undefined;
    const known = this.#ofTenants.get(tenant) ?? new TaskHeap<T>();
    this.#ofTenants.set(tenant, known);
    return known;
  }
}
