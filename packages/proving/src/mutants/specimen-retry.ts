import {
  type Call,
  type CallOptions,
  executeUnder,
  type Next,
  type Operation,
  type Policy,
} from '@chimera/policy';
import type { RetryRules } from '../check/rules.ts';
import { isExcluded } from '../check/staged.ts';
import { delayBounds } from '../model/naive-delay.ts';
import type { World } from '../world/world.ts';

/** A small retry policy that keeps every law, in pieces that a mutant can replace one by one. */
export class SpecimenRetry implements Policy {
  calls = 0;
  retries = 0;
  readonly rules: RetryRules;
  readonly world: World;

  constructor(rules: RetryRules, world: World) {
    this.rules = rules;
    this.world = world;
  }

  execute<T>(operation: Operation<T>, options?: CallOptions): Promise<T> {
    return executeUnder(this, operation, options);
  }

  async run<T>(call: Call<T>, next: Next): Promise<T> {
    this.calls += 1;
    const errors: unknown[] = [];
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.attempt(call.child(attempt), next);
      } catch (error) {
        errors.push(error);
        const delayMs = this.delayAfter(attempt, error);
        if (call.aborted || !this.goesOn(attempt, error, delayMs, call.deadline)) {
          throw await this.failure(errors);
        }
        this.retries += 1;
        await this.sleep(delayMs, call);
      }
    }
  }

  attempt<T>(call: Call<T>, next: Next): Promise<T> {
    return next(call).finally(() => call.release());
  }

  goesOn(attempt: number, error: unknown, delayMs: number, deadline: number = Infinity): boolean {
    return (
      attempt <= this.rules.maxRetries &&
      !this.isFinal(error) &&
      this.world.clock.monotonic() + delayMs <= deadline &&
      this.mayRetry()
    );
  }

  isFinal(error: unknown): boolean {
    return isExcluded(error);
  }

  mayRetry(): boolean {
    const { budget } = this.rules;
    if (budget === undefined) return true;
    return this.retries + 1 <= budget.burst + budget.share * this.calls;
  }

  delayAfter(attempt: number, error: unknown): number {
    const [least, most] = this.bounds(attempt);
    const delayMs = least + Math.floor(this.world.random() * (most - least + 1));
    return Math.max(Math.min(delayMs, most), this.asked(error));
  }

  bounds(attempt: number): readonly [least: number, most: number] {
    return delayBounds(this.rules, attempt, this.rules.baseMs);
  }

  /** What the error asks to wait, up to the cap for that. */
  asked(error: unknown): number {
    const { retryAfterMs } = error as { readonly retryAfterMs?: number };
    return Math.min(retryAfterMs ?? 0, this.rules.hintCapMs);
  }

  failure(errors: readonly unknown[]): unknown {
    return errors.at(-1);
  }

  sleep<T>(ms: number, call: Call<T>): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = this.world.clock.setTimer(() => {
        stop();
        resolve();
      }, ms);
      const stop = call.onAbort((reason) => {
        timer.cancel();
        reject(reason);
      });
    });
  }
}
