import {
  Call,
  type CallOptions,
  executeUnder,
  integerOption,
  type Listener,
  type Next,
  type Operation,
  type Policy,
} from '@chimera/policy';
import { BulkheadFullError } from './bulkhead-full-error.ts';
import { Gate, type GateDeps } from './gate.ts';
import type { LimitEvent } from './limit-event.ts';
import { type Permit, permitOf } from './permit.ts';
import { owner } from './owner.ts';
import { type QueueOptions, queueRules } from './queue-options.ts';
import { highestPriority } from './wait-queue.ts';

export interface BulkheadOptions extends QueueOptions {
  /** How many calls may run at once, from 1 to a million. */
  readonly maxConcurrent: number;
  /** How many may wait; 0 refuses at once. Default 1000, at most a million. */
  readonly maxQueue?: number;
  /** Named in errors, events and reports. Default 'bulkhead'. */
  readonly name?: string;
}

export type BulkheadDeps = GateDeps;

export interface BulkheadCallOptions extends CallOptions {
  /** From 0 to 10, the highest: what counts if the call has to wait. Default: `priorityOf`'s word, or 5. */
  readonly priority?: number;
}

/** Plain JSON. Calls that run or wait go with their process; what lasts is the limit. */
export interface BulkheadSnapshot {
  readonly name: string;
  /** Wall-clock ms. */
  readonly takenAt: number;
  readonly maxConcurrent: number;
  readonly inFlight: number;
  readonly queued: number;
  readonly oldestWaitMs: number;
}

/**
 * Bounds how many calls run at once; the others wait in a bounded queue, and what does not fit in
 * is refused with {@link BulkheadFullError} (Nygard, "Release It!"). The queue is first come first
 * served among equals; a point of priority is worth a head start of `ageing`, so nobody starves.
 * A permit is held until the work has ended, also when its caller gave up on it. A timer runs only
 * while calls wait under a `maxWait`.
 */
export class Bulkhead implements Policy {
  readonly #gate: Gate;

  /** @throws RangeError when an option is wrong. */
  constructor(options: BulkheadOptions, deps: BulkheadDeps = {}) {
    const { maxConcurrent, name = 'bulkhead' } = options;
    this.#gate = new Gate(
      name,
      integerOption(owner, 'maxConcurrent', maxConcurrent, 1, 1_000_000),
      queueRules(options, 1_000),
      BulkheadFullError,
      deps,
    );
  }

  get name(): string {
    return this.#gate.name;
  }

  get maxConcurrent(): number {
    return this.#gate.limit;
  }

  /** How many permits are held. More than `maxConcurrent` for a while after it was made smaller. */
  get inFlight(): number {
    return this.#gate.inFlight;
  }

  /** How many calls wait. */
  get queued(): number {
    return this.#gate.queue.size;
  }

  /** Runs the operation, now or when its turn comes, or rejects with {@link BulkheadFullError}. */
  execute<T>(operation: Operation<T>, options?: BulkheadCallOptions): Promise<T> {
    const priority = options?.priority;
    if (priority === undefined) return executeUnder(this, operation, options);
    const withPriority: Pick<Policy, 'run'> = {
      run: (call, next) => this.#gate.run(call, next, checkedPriority(priority)),
    };
    return executeUnder(withPriority, operation, options);
  }

  run<T>(call: Call<T>, next: Next): Promise<T> {
    return this.#gate.run(call, next);
  }

  /** A permit for work that does not fit into a function; undefined when none is free. Never waits. */
  tryAcquire(): Permit | undefined {
    return this.#gate.tryEnter() ? this.#permit() : undefined;
  }

  /** A permit, now or when its turn comes; rejects as `execute` does. */
  async acquire(options: BulkheadCallOptions = {}): Promise<Permit> {
    const { deadline, key, priority, signal } = options;
    const level = priority === undefined ? undefined : checkedPriority(priority);
    const call = new Call<Permit>(() => this.#permit(), 1, deadline, signal, undefined, key);
    try {
      return await this.#gate.run(call, undefined, level);
    } finally {
      call.release();
    }
  }

  /**
   * Another limit from now on; 0 holds everything back. Never blocks and never kills: what runs
   * above the new limit ends in its own time, and what fits below it starts at once.
   * @throws RangeError when it is not an integer from 0 to a million.
   */
  resize(maxConcurrent: number): void {
    this.#gate.resize(integerOption(owner, 'maxConcurrent', maxConcurrent, 0, 1_000_000));
  }

  /** Refuses everybody who waits now, at once. What runs goes on. */
  clear(): void {
    const { queue } = this.#gate;
    // Not those who come because of it.
    for (let left = queue.size; left > 0; left -= 1) {
      const { next } = queue;
      if (next !== undefined) this.#gate.turnAway(next, 'cleared');
    }
  }

  /** Returns the function that unsubscribes. A listener that throws changes nothing. */
  subscribe(listener: Listener<LimitEvent>): () => void {
    return this.#gate.subscribe(listener);
  }

  snapshot(): BulkheadSnapshot {
    const { name, clock, limit: maxConcurrent, inFlight, queue } = this.#gate;
    const { size: queued, oldest } = queue;
    const oldestWaitMs = oldest === undefined ? 0 : clock.monotonic() - oldest.queuedAt;
    return { name, takenAt: clock.now(), maxConcurrent, inFlight, queued, oldestWaitMs };
  }

  /** Takes up the limit of a {@link snapshot}. */
  restore(snapshot: BulkheadSnapshot): void {
    this.resize(snapshot.maxConcurrent);
  }

  #permit(): Permit {
    return permitOf(this.#gate.leave);
  }
}

function checkedPriority(priority: number): number {
  return integerOption(owner, 'priority', priority, 0, highestPriority);
}
