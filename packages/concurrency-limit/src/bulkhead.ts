import {
  type Call,
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
import type { QueueOptions } from './queue-options.ts';
import { highestPriority } from './wait-queue.ts';
import { waitingRoom } from './waiting-room.ts';

export interface BulkheadOptions extends QueueOptions {
  /** How many calls may run at once, from 1 to a million. */
  readonly maxConcurrent: number;
  /** Named in errors, events and reports. Default 'bulkhead'. */
  readonly name?: string;
}

export type BulkheadDeps = GateDeps;

export interface BulkheadCallOptions extends CallOptions {
  /** From 0 to 10, the highest: what counts if the call has to wait. Default: `priorityOf`'s word, or 5. */
  readonly priority?: number | undefined;
}

/**
 * Bounds how many calls run at once; the others wait in a bounded queue, and what does not fit in
 * is refused with {@link BulkheadFullError} (Nygard, "Release It!"). The queue is first come first
 * served among equals; a point of priority is worth a head start of `ageing`, so nobody starves.
 * A permit is held until the work has ended, also when its caller gave up on it. A timer runs only
 * while calls wait under a `maxWait`.
 */
export class Bulkhead implements Policy {
  /** Its permits and those that wait for them, for functions beside it such as `snapshotOf`. */
  readonly gate: Gate;

  /** @throws RangeError when an option is wrong. */
  constructor(options: BulkheadOptions, deps: BulkheadDeps = {}) {
    const { maxConcurrent, name = 'bulkhead' } = options;
    this.gate = new Gate(
      name,
      integerOption(owner, 'maxConcurrent', maxConcurrent, 1, 1_000_000),
      waitingRoom(options),
      BulkheadFullError,
      deps,
    );
  }

  get name(): string {
    return this.gate.name;
  }

  get maxConcurrent(): number {
    return this.gate.limit;
  }

  /** How many permits are held. More than `maxConcurrent` for a while after it was made smaller. */
  get inFlight(): number {
    return this.gate.inFlight;
  }

  /** How many calls wait. */
  get queued(): number {
    return this.gate.queued;
  }

  /** Runs the operation, now or when its turn comes, or rejects with {@link BulkheadFullError}. */
  execute<T>(operation: Operation<T>, options?: BulkheadCallOptions): Promise<T> {
    const priority = options?.priority;
    if (priority === undefined) return executeUnder(this, operation, options);
    const withPriority: Pick<Policy, 'run'> = {
      run: (call, next) => {
        const level = integerOption(owner, 'priority', priority, 0, highestPriority);
        return this.gate.run(call, next, level);
      },
    };
    return executeUnder(withPriority, operation, options);
  }

  run<T>(call: Call<T>, next: Next): Promise<T> {
    return this.gate.run(call, next);
  }

  /** A permit for work that does not fit into a function; undefined when none is free. Never waits. */
  tryAcquire(): Permit | undefined {
    return this.gate.tryEnter() ? permitOf(() => this.gate.leave()) : undefined;
  }

  /**
   * Another limit from now on; 0 holds everything back. Never blocks and never kills: what runs
   * above the new limit ends in its own time, and what fits below it starts at once.
   * @throws RangeError when it is not an integer from 0 to a million.
   */
  resize(maxConcurrent: number): void {
    this.gate.resize(integerOption(owner, 'maxConcurrent', maxConcurrent, 0, 1_000_000));
  }

  /** Refuses everybody who waits now, at once. What runs goes on. */
  clear(): void {
    this.gate.room?.clear();
  }

  /** Returns the function that unsubscribes. A listener that throws changes nothing. */
  subscribe(listener: Listener<LimitEvent>): () => void {
    return this.gate.subscribe(listener);
  }
}
