import {
  type Call,
  type CallOptions,
  type Duration,
  durationOption,
  executeUnder,
  type Next,
  numberOption,
  type Operation,
  type Policy,
  type Random,
  systemRandom,
  systemTime,
  type Time,
} from '@chimera/policy';
import type { CircuitBreaker } from './circuit-breaker.ts';
import type { CircuitBreakerEvent } from './events.ts';
import { rampedShare } from './rejection-probability.ts';
import { ThrottledError } from './throttled-error.ts';

export interface RecoveryRampOptions {
  /** How long after a close full traffic is back. Default '30s'. */
  readonly over?: Duration;
  /** The share of calls let through right after it. In [0, 1], default 0.1. */
  readonly from?: number;
}

export interface RecoveryRampDeps {
  readonly clock?: Time;
  readonly random?: Random;
}

/**
 * Gives a dependency that is back its traffic in growing shares, rather than all of it when the
 * circuit closes: `pipeline(new RecoveryRamp(breaker), breaker)`. Costs nothing to a call once full
 * traffic is back.
 */
export class RecoveryRamp implements Policy, Disposable {
  readonly #name: string;
  readonly #overMs: number;
  readonly #from: number;
  readonly #clock: Time;
  readonly #random: Random;
  readonly #unsubscribe: () => void;
  #closedAt: number | undefined = undefined;
  /** In a mode that admits all: a circuit that is closed after it has no traffic to give back. */
  #isFlowing: boolean;

  /** @throws RangeError when an option is wrong. */
  constructor(
    breaker: Pick<CircuitBreaker, 'name' | 'status' | 'subscribe'>,
    options: RecoveryRampOptions = {},
    deps: RecoveryRampDeps = {},
  ) {
    this.#name = breaker.name;
    this.#overMs = durationOption('recovery-ramp', 'over', options.over ?? 30_000, 1);
    this.#from = numberOption('recovery-ramp', 'from', options.from ?? 0.1, 0, 1);
    this.#clock = deps.clock ?? systemTime;
    this.#random = deps.random ?? systemRandom;
    this.#isFlowing = breaker.status === 'disabled' || breaker.status === 'metrics-only';
    this.#unsubscribe = breaker.subscribe((event) => this.#note(event));
  }

  /** The share of calls that is let through now. */
  get share(): number {
    if (this.#closedAt === undefined) return 1;
    const elapsedMs = this.#clock.monotonic() - this.#closedAt;
    const share = rampedShare(elapsedMs, this.#overMs, this.#from);
    if (share === 1) this.#closedAt = undefined;
    return share;
  }

  /** Runs the operation, or rejects with `ThrottledError` without calling it. */
  execute<T>(operation: Operation<T>, options?: CallOptions): Promise<T> {
    return executeUnder(this, operation, options);
  }

  run<T>(call: Call<T>, next: Next): Promise<T> {
    const { share } = this;
    if (share === 1 || this.#random() < share) return next(call);
    const error = new ThrottledError(this.#name, 1 - share);
    call.trail?.push({ policy: 'recovery-ramp', action: 'reject', reason: error.message });
    return Promise.reject(error);
  }

  #note(event: CircuitBreakerEvent): void {
    if (event.type === 'mode-changed') {
      this.#isFlowing = event.mode !== 'forced-open' && event.isolations === 0;
      if (this.#isFlowing) this.#closedAt = undefined;
    } else if (event.type === 'opened') {
      this.#isFlowing = false;
      this.#closedAt = undefined;
    } else if (event.type === 'closed') {
      if (!this.#isFlowing) this.#closedAt = this.#clock.monotonic();
      this.#isFlowing = false;
    }
  }

  /** Stops listening to the breaker; every call is let through from here on. */
  [Symbol.dispose](): void {
    this.#unsubscribe();
    this.#closedAt = undefined;
  }
}
