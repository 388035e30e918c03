import type { Call, Decision, Next, Random } from '@chimera/policy';
import { decide, type Failure, type RetryReason, type StopReason } from './decide.ts';
import { discard } from './discard.ts';
import { denied } from './retry-budget.ts';
import type { RetryCore } from './retry-core.ts';

/** So many retries without a delay in a row are made before timers and I/O get a turn. */
const longestBurst = 32;

/**
 * A call whose first attempt failed, from there to its end. It is its own {@link Failure}, so that
 * a decision costs no allocation but its answer.
 */
export class RetryRun<T> implements Failure {
  readonly random: Random;
  error: unknown = undefined;
  isResult = false;
  retries = 0;
  elapsedMs = 0;
  hintMs: number | undefined = undefined;
  remainingMs: number | undefined = undefined;
  previousDelayMs: number | undefined = undefined;
  waitedMs = 0;

  readonly #core: RetryCore;
  readonly #call: Call<T>;
  readonly #next: Next;
  readonly #startedAt: number;
  readonly #resolve: (value: T) => void;
  readonly #reject: (error: unknown) => void;
  readonly #errors: unknown[] = [];
  #result: T | undefined = undefined;
  #attempt: Call<T> | undefined = undefined;
  /** What the attempt under way cost the budget. */
  #cost = 0;
  #isOver = false;
  #cancelDelay: (() => void) | undefined = undefined;
  #unlisten: (() => void) | undefined = undefined;

  constructor(
    core: RetryCore,
    call: Call<T>,
    next: Next,
    startedAt: number,
    resolve: (value: T) => void,
    reject: (error: unknown) => void,
  ) {
    this.#core = core;
    this.random = core.random;
    this.#call = call;
    this.#next = next;
    this.#startedAt = startedAt;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  /** An attempt threw. */
  readonly threw = (error: unknown): void => {
    this.#attempt?.release();
    if (this.#isOver) return;
    this.error = error;
    this.isResult = false;
    this.#errors.push(error);
    this.#failed();
  };

  /** An attempt gave a result. */
  readonly gave = (value: T): void => {
    this.#attempt?.release();
    if (this.#isOver) {
      void discard(this.#core, value);
      return;
    }
    try {
      if (this.#core.settings.retryResult?.(value) !== true) return this.#succeeded(value);
    } catch (error) {
      return this.#fail(error);
    }
    this.error = undefined;
    this.isResult = true;
    this.#result = value;
    this.#failed();
  };

  #failed(): void {
    try {
      this.#decide();
    } catch (error) {
      // One of the caller's own functions threw.
      this.#fail(error);
    }
  }

  #decide(): void {
    const { settings, clock, budget } = this.#core;
    if (this.#call.aborted) return this.#stop('aborted');
    if (settings.maxElapsedMs < Infinity) this.elapsedMs = clock.monotonic() - this.#startedAt;
    const { deadline } = this.#call;
    if (deadline !== undefined) this.remainingMs = deadline - clock.monotonic();
    if (settings.delayHint !== undefined) {
      const outcome = this.isResult ? this.#result : this.error;
      this.hintMs = settings.delayHint(outcome, clock.now());
    }
    const decision = decide(settings, this);
    if (!decision.retry) return this.#stop(decision.reason);
    if (budget !== undefined) {
      if (this.#cost > 0) budget.release(this.#cost);
      this.#cost = budget.withdraw(this.error);
      if (this.#cost === denied) return this.#stop('budget');
    }
    this.#announce(decision.delayMs, decision.reason);
    if (this.#call.aborted) return this.#stop('aborted');
    this.#retryIn(decision.delayMs);
  }

  #retryIn(delayMs: number): void {
    this.previousDelayMs = delayMs;
    this.waitedMs += delayMs;
    if (this.#call.isAbortable) this.#listen();
    const disposal = this.isResult ? discard(this.#core, this.#result) : undefined;
    this.#result = undefined;
    if (disposal === undefined) this.#wait(delayMs);
    else void disposal.then(() => this.#wait(delayMs));
  }

  #wait(delayMs: number): void {
    if (this.#isOver) return;
    // A reaction of the failed attempt's promise runs this, so that even a burst yields each time.
    if (delayMs === 0 && (this.retries + 1) % longestBurst !== 0) return this.#again();
    const timer = this.#core.clock.setTimer(() => this.#again(), delayMs);
    this.#cancelDelay = () => timer.cancel();
  }

  #again(): void {
    this.#cancelDelay = undefined;
    this.retries += 1;
    this.#call.trail?.push(this.#note('attempt', `attempt ${this.retries + 1}`));
    const attempt = this.#call.child(this.retries + 1);
    this.#attempt = attempt;
    this.#next(attempt).then(this.gave, this.threw);
  }

  #succeeded(value: T): void {
    const { settings, listeners } = this.#core;
    this.#end(true);
    if (this.retries > 0 && listeners.isHeard) {
      const attempts = this.retries + 1;
      const errors = this.#errors;
      listeners.emit({ type: 'recovered', policy: settings.name, attempts, errors });
    }
    this.#resolve(value);
  }

  /** The outcome of the last attempt becomes the call's, unless somebody called it off. */
  #stop(reason: StopReason): void {
    const { settings, listeners } = this.#core;
    this.#end(false);
    if (!this.#call.aborted) this.#call.trail?.push(this.#note('stop', this.#because(reason)));
    if (listeners.isHeard) {
      const attempts = this.retries + 1;
      const errors = this.#errors;
      listeners.emit({ type: 'stopped', policy: settings.name, attempts, reason, errors });
    }
    if (!this.#call.aborted) {
      if (this.isResult) this.#resolve(this.#result as T);
      else this.#reject(this.error);
      return;
    }
    if (this.isResult && this.#result !== undefined) void discard(this.#core, this.#result);
    this.#reject(this.#call.abortReason);
  }

  #fail(error: unknown): void {
    if (!this.#isOver) this.#end(false);
    this.#reject(error);
  }

  #end(isSuccess: boolean): void {
    this.#isOver = true;
    this.#core.budget?.end(isSuccess, Math.max(0, this.#cost));
    this.#unlisten?.();
    this.#cancelDelay?.();
  }

  #listen(): void {
    this.#unlisten ??= this.#call.onAbort(() => {
      if (!this.#isOver) this.#stop('aborted');
    });
  }

  #announce(delayMs: number, reason: RetryReason): void {
    const { settings, listeners } = this.#core;
    const { error } = this;
    this.#call.trail?.push(this.#note('wait', this.#because(reason), delayMs));
    if (!listeners.isHeard) return;
    const attempt = this.retries + 1;
    listeners.emit({ type: 'retry', policy: settings.name, attempt, delayMs, reason, error });
  }

  #because(reason: string): string {
    return this.isResult ? reason : `${reason}: ${String(this.error)}`;
  }

  #note(action: Decision['action'], reason: string, delayMs?: number): Decision {
    const policy = this.#core.settings.name;
    return delayMs === undefined ? { policy, action, reason } : { policy, action, reason, delayMs };
  }
}
