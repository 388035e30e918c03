import {
  type Call,
  type CallOptions,
  executeUnder,
  type Next,
  type Operation,
  type Policy,
  type Timer,
} from '@chimera/policy';
import type { BulkheadRules } from '../check/rules.ts';
import type { World } from '../world/world.ts';
import { RefusedError } from './refused-error.ts';

export interface Waiter {
  readonly begin: () => void;
  readonly refuse: (reason: unknown) => void;
  timer: Timer | undefined;
}

/** A small bulkhead that keeps every law, in pieces that a mutant can replace one by one. */
export class SpecimenBulkhead implements Policy {
  running = 0;
  waiters: Waiter[] = [];
  readonly rules: BulkheadRules;
  readonly world: World;

  constructor(rules: BulkheadRules, world: World) {
    this.rules = rules;
    this.world = world;
  }

  execute<T>(operation: Operation<T>, options?: CallOptions): Promise<T> {
    return executeUnder(this, operation, options);
  }

  async run<T>(call: Call<T>, next: Next): Promise<T> {
    if (!this.isFree()) {
      if (!this.hasQueueRoom()) throw new RefusedError();
      await this.wait(call);
    } else {
      this.running += 1;
    }
    return this.hold(call, next);
  }

  hold<T>(call: Call<T>, next: Next): Promise<T> {
    return next(call).finally(() => this.leave());
  }

  isFree(): boolean {
    return this.running < this.rules.maxConcurrent;
  }

  hasQueueRoom(): boolean {
    return this.waiters.length < this.rules.maxQueue;
  }

  /** Until a place is taken for the call. */
  wait<T>(call: Call<T>): Promise<void> {
    return new Promise((resolve, reject) => {
      const end = () => {
        waiter.timer?.cancel();
        stop();
      };
      const waiter: Waiter = {
        begin: () => {
          end();
          resolve();
        },
        refuse: (reason) => {
          end();
          this.forget(waiter);
          reject(reason);
        },
        timer: undefined,
      };
      const stop = call.onAbort((reason) => this.abandon(waiter, reason));
      const { maxWaitMs } = this.rules;
      if (maxWaitMs < Infinity) waiter.timer = this.expire(waiter, maxWaitMs);
      this.waiters.push(waiter);
    });
  }

  /** The caller of one who waits gives up. */
  abandon(waiter: Waiter, reason: unknown): void {
    waiter.refuse(reason);
  }

  expire(waiter: Waiter, ms: number): Timer | undefined {
    return this.world.clock.setTimer(() => waiter.refuse(new RefusedError()), ms);
  }

  forget(waiter: Waiter): void {
    this.waiters = this.waiters.filter((other) => other !== waiter);
  }

  leave(): void {
    this.running -= 1;
    this.admit();
  }

  admit(): void {
    const waiter = this.isFree() ? this.takeNext() : undefined;
    if (waiter === undefined) return;
    this.running += 1;
    waiter.begin();
  }

  takeNext(): Waiter | undefined {
    return this.waiters.shift();
  }
}
