import {
  type BreakerSnapshot,
  CircuitBreaker,
  type CircuitOpenError,
  healthOf,
  isolate,
  restore,
  setMode,
  snapshotOf,
} from '@chimera/circuit-breaker';
import {
  AdaptiveLimit,
  Bulkhead,
  type CubicRateState,
  RateLimit,
} from '@chimera/concurrency-limit';
import { Fallback, isRejection, pipeline, type Policy, Timeout } from '@chimera/policy';
import { HedgePolicy, QuotaBudget, RetryPolicy } from '@chimera/retry-policy';
import type {
  Adapter,
  CallSettings,
  CircuitName,
  HandOver,
  Refusal,
  Subject,
  Work,
} from '../adapter.ts';
import type { PolicySpec } from '../scenario-schema.ts';
import { ClockWorld } from '../clock-world.ts';
import { adaptiveLimitOf, rateLimitOf } from './chimera-limits.ts';
import { breakerOptions, budgetOf, retryOptions } from './chimera-options.ts';

export const chimera: Adapter<ClockWorld> = {
  library: 'chimera',
  version: 'this repository',
  lacks: {},
  open: (random) => new ClockWorld(random),
  create: (specs, world, handOver) => new ChimeraSubject(specs, world, handOver),
};

class ChimeraSubject implements Subject {
  readonly #specs: readonly PolicySpec[];
  readonly #world: ClockWorld;
  readonly #handOver: HandOver;
  readonly #policies: readonly Policy<unknown>[];
  readonly #policy: Policy<unknown>;
  #quota: QuotaBudget | undefined;

  constructor(specs: readonly PolicySpec[], world: ClockWorld, handOver: HandOver) {
    this.#specs = specs;
    this.#world = world;
    this.#handOver = handOver;
    this.#policies = specs.map((spec) => this.#create(spec));
    const [first] = this.#policies;
    this.#policy =
      first !== undefined && this.#policies.length === 1 ? first : pipeline(...this.#policies);
  }

  call(work: Work, { signal, priority, onRetry }: CallSettings): unknown {
    if (onRetry !== undefined) {
      this.#the(RetryPolicy).subscribe(({ type }) => {
        if (type === 'retry') onRetry();
      });
    }
    const operation = (context: { readonly signal: AbortSignal }) => work(context.signal);
    const options = signal === undefined ? {} : { signal };
    return priority === undefined
      ? this.#policy.execute(operation, options)
      : this.#the(Bulkhead).execute(operation, { ...options, priority });
  }

  refusalOf(error: unknown): Refusal | undefined {
    if (isRejection(error)) return 'rejected';
    return error instanceof Error && 'code' in error && error.code === 'TIMEOUT'
      ? 'timed-out'
      : undefined;
  }

  retryAfterMs(error: unknown): number | undefined {
    return (error as CircuitOpenError).retryAfterMs;
  }

  state(): CircuitName {
    const { status } = this.#the(CircuitBreaker);
    return status === 'forced-open' ? 'isolated' : status;
  }

  counts(): { readonly calls: number; readonly failures: number } {
    const { calls, failures } = healthOf(this.#the(CircuitBreaker));
    return { calls, failures };
  }

  tokens(): number {
    return this.#quota?.tokens ?? Number.NaN;
  }

  rate(): number {
    return (this.#the(RateLimit).state as CubicRateState).rate;
  }

  limit(): number {
    return this.#the(AdaptiveLimit).limit;
  }

  isolate(): () => void {
    const isolation = isolate(this.#the(CircuitBreaker));
    return () => isolation[Symbol.dispose]();
  }

  setMode(mode: 'disabled' | 'metrics-only'): void {
    setMode(this.#the(CircuitBreaker), mode);
  }

  store(): unknown {
    return snapshotOf(this.#the(CircuitBreaker));
  }

  restart(stored: unknown): Subject {
    const next = new ChimeraSubject(this.#specs, this.#world, this.#handOver);
    restore(next.#the(CircuitBreaker), this.#handOver(stored as BreakerSnapshot));
    return next;
  }

  listen(listener: () => void): void {
    for (const policy of this.#policies) {
      (policy as { subscribe?: (listener: () => void) => void }).subscribe?.(listener);
    }
  }

  onWouldOpen(listener: () => void): void {
    const breaker = this.#policies.find((policy) => policy instanceof CircuitBreaker);
    breaker?.subscribe(({ type }) => {
      if (type === 'threshold-exceeded') listener();
    });
  }

  clear(): void {
    this.#the(Bulkhead).clear();
  }

  #the<Kind>(kind: abstract new (...args: never[]) => Kind): Kind {
    const policy = this.#policies.find((each) => each instanceof kind);
    if (policy === undefined) throw new Error(`the case has no ${kind.name}`);
    return policy as Kind;
  }

  #create(spec: PolicySpec): Policy<unknown> {
    const { clock, random } = this.#world;
    switch (spec.policy) {
      case 'breaker':
        return new CircuitBreaker(this.#handOver(breakerOptions(spec)), { clock });
      case 'retry': {
        const budget = spec.budget && budgetOf(spec.budget, clock);
        if (budget instanceof QuotaBudget) this.#quota = budget;
        return new RetryPolicy(this.#handOver(retryOptions(spec, budget)), { clock, random });
      }
      case 'timeout':
        return new Timeout(this.#handOver({ after: spec.afterMs }), { clock });
      case 'bulkhead': {
        const { maxConcurrent, maxQueue, ageingMs } = spec;
        const ageing = ageingMs === undefined ? {} : { ageing: ageingMs };
        return new Bulkhead(this.#handOver({ maxConcurrent, maxQueue, ...ageing }), { clock });
      }
      case 'rate-limit':
        return rateLimitOf(spec, clock);
      case 'adaptive-limit':
        return adaptiveLimitOf(spec, { clock, random });
      case 'hedge': {
        const { maxHedges, delayMs } = spec;
        const delay = delayMs === 'never' ? Infinity : delayMs;
        return new HedgePolicy(this.#handOver({ maxHedges, delay }), { clock });
      }
      case 'fallback':
        return new Fallback(this.#handOver({ to: () => spec.value }));
    }
  }
}
