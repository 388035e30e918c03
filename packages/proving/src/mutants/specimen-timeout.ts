import {
  type Call,
  type CallOptions,
  executeUnder,
  type Next,
  type Operation,
  type Policy,
  TimeoutError,
} from '@chimera/policy';
import type { TimeoutRules } from '../check/rules.ts';
import type { World } from '../world/world.ts';

/** A small timeout that keeps every law, in pieces that a mutant can replace one by one. */
export class SpecimenTimeout implements Policy {
  readonly rules: TimeoutRules;
  readonly world: World;

  constructor(rules: TimeoutRules, world: World) {
    this.rules = rules;
    this.world = world;
  }

  execute<T>(operation: Operation<T>, options?: CallOptions): Promise<T> {
    return executeUnder(this, operation, options);
  }

  run<T>(call: Call<T>, next: Next): Promise<T> {
    const child = call.child();
    return new Promise<T>((resolve, reject) => {
      const cancel = this.arm(() => {
        if (child.aborted) return;
        const error = new TimeoutError('specimen', this.rules.afterMs);
        this.stop(child, error);
        this.strike(reject, error);
      });
      this.attempt(child, next)
        .finally(() => {
          cancel();
          child.release();
        })
        .then(resolve, (error: unknown) => reject(this.failure(error)));
    });
  }

  attempt<T>(call: Call<T>, next: Next): Promise<T> {
    return next(call);
  }

  /** Returns what calls it off. */
  arm(strike: () => void): () => void {
    const timer = this.world.clock.setTimer(strike, this.rules.afterMs);
    return () => timer.cancel();
  }

  stop<T>(call: Call<T>, error: unknown): void {
    call.abort(error);
  }

  strike(reject: (error: unknown) => void, error: unknown): void {
    reject(error);
  }

  failure(error: unknown): unknown {
    return error;
  }
}
