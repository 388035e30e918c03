import {
  type Call,
  type CallOptions,
  executeUnder,
  type Next,
  type Operation,
  type Policy,
} from '@chimera/policy';
import type { RateLimitRules } from '../check/rules.ts';
import type { World } from '../world/world.ts';
import { RefusedError } from './refused-error.ts';

export interface BucketMemory {
  readonly tokens: number;
  /** How long ago the bucket was looked at. */
  readonly ageMs: number;
}

/** A small token bucket that keeps every law, in pieces that a mutant can replace one by one. */
export class SpecimenRateLimit implements Policy {
  tokens: number;
  lookedAt: number;
  readonly rules: RateLimitRules;
  readonly world: World;

  constructor(rules: RateLimitRules, world: World) {
    this.rules = rules;
    this.world = world;
    this.tokens = rules.max;
    this.lookedAt = this.now();
  }

  execute<T>(operation: Operation<T>, options?: CallOptions): Promise<T> {
    return executeUnder(this, operation, options);
  }

  run<T>(call: Call<T>, next: Next): Promise<T> {
    this.refill();
    if (!this.take()) return this.refuse(call, next);
    return next(call);
  }

  now(): number {
    return this.world.clock.monotonic();
  }

  refill(): void {
    const now = this.now();
    this.tokens = Math.min(this.most(), this.tokens + this.earned(now - this.lookedAt));
    this.lookedAt = now;
  }

  most(): number {
    return this.rules.max;
  }

  earned(ms: number): number {
    return (ms * this.rules.max) / this.rules.perMs;
  }

  take(): boolean {
    // Forgives what adding fractions loses.
    if (this.tokens < 1 - 1e-9) return false;
    this.tokens -= 1;
    return true;
  }

  refuse<T>(_call: Call<T>, _next: Next): Promise<T> {
    return Promise.reject(new RefusedError(this.waitMs()));
  }

  waitMs(): number {
    return Math.ceil(((1 - this.tokens) * this.rules.perMs) / this.rules.max);
  }

  memory(): BucketMemory {
    return { tokens: this.tokens, ageMs: this.now() - this.lookedAt };
  }

  remember({ tokens, ageMs }: BucketMemory): void {
    this.tokens = tokens;
    this.lookedAt = this.now() - ageMs;
  }
}
