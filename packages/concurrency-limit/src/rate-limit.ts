import {
  type Call,
  type CallOptions,
  type Clock,
  type Duration,
  durationOption,
  executeUnder,
  type Listener,
  Listeners,
  type Next,
  type Operation,
  type Policy,
  systemClock,
  type Timer,
} from '@chimera/policy';
import { nanosecond } from './nanosecond.ts';
import { owner } from './owner.ts';
import type { RateLimitEvent } from './rate-limit-event.ts';
import { RateLimitedError } from './rate-limited-error.ts';
import type { RateRule } from './rate-rule.ts';
import { runSafely } from './run-safely.ts';

export interface RateLimitOptions {
  /** How often: `tokenBucket()`, `slidingWindow()`, `cubicRate()`, or your own. */
  readonly rule: RateRule;
  /** How long a call may wait for its turn; one that would wait longer is refused at once. Default 0. */
  readonly maxWait?: Duration;
  /** Named in errors, events and reports. Default 'rate-limit'. */
  readonly name?: string;
}

export interface RateLimitDeps {
  /** Default: the system's. */
  readonly clock?: Clock;
  /** Subscribed from the start. */
  readonly onEvent?: Listener<RateLimitEvent>;
}

interface Waiter {
  readonly call: Call<unknown>;
  readonly queuedAt: number;
  readonly go: () => void;
  readonly reject: (error: unknown) => void;
  stopListening: (() => void) | undefined;
}

/**
 * Bounds how often calls are made. A call that has to wait no longer than `maxWait` waits for its
 * turn, first come first served; the others are refused with {@link RateLimitedError}, which says
 * when to come again. Turns of callers who gave up go to those behind them. How many wait is
 * bounded by the rule and `maxWait`. One timer runs while somebody waits, none otherwise.
 */
export class RateLimit implements Policy {
  /** Named in errors, events and reports. */
  readonly name: string;
  readonly rule: RateRule;
  readonly #maxWaitMs: number;
  readonly clock: Clock;
  readonly #listeners: Listeners<RateLimitEvent> = new Listeners();
  readonly #waiting = new Set<Waiter>();
  #state: unknown;
  #timer: Timer | undefined = undefined;
  #isCatchingUp = false;

  /** @throws RangeError when an option is wrong. */
  constructor(options: RateLimitOptions, deps: RateLimitDeps = {}) {
    const { rule, maxWait = 0, name = 'rate-limit' } = options;
    this.name = name;
    this.rule = rule;
    this.#maxWaitMs = durationOption(owner, 'maxWait', maxWait);
    this.clock = deps.clock ?? systemClock;
    this.#state = rule.initial(this.clock.monotonic());
    if (deps.onEvent !== undefined) this.#listeners.subscribe(deps.onEvent);
  }

  /** What has been used by now, as the rule notes it down; instants are monotonic ms. */
  get state(): unknown {
    this.#catchUp();
    return this.#state;
  }

  /** How many calls wait for their turn. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** How many calls may be made at once now; less than 0 when turns of the future are given away. */
  get available(): number {
    const at = this.#catchUp();
    return this.rule.available(this.#state, at) - this.#waiting.size;
  }

  /** How long until a call would be made without waiting, in ms, rounded up: 0 when now. */
  get retryAfterMs(): number {
    const at = this.#catchUp();
    return wholeMs(this.#waitMs(at, this.#waiting.size));
  }

  /** Runs the operation, now or in its turn, or rejects with {@link RateLimitedError}. */
  execute<T>(operation: Operation<T>, options?: CallOptions): Promise<T> {
    return executeUnder(this, operation, options);
  }

  run<T>(call: Call<T>, next: Next): Promise<T> {
    if (call.aborted) return Promise.reject(call.abortReason);
    const at = this.#catchUp();
    const waitMs = this.#waitMs(at, this.#waiting.size);
    if (waitMs > 0) return this.#wait(call, next, at, waitMs);
    this.#take(at, 0);
    return this.#make(call, next);
  }

  /** Uses up a turn if one is free now, for work that does not fit into a function; never waits. */
  tryAcquire(): boolean {
    const at = this.#catchUp();
    const isFree = this.#waitMs(at, this.#waiting.size) === 0;
    if (isFree) this.#take(at, 0);
    return isFree;
  }

  /** Returns the function that unsubscribes. A listener that throws changes nothing. */
  subscribe(listener: Listener<RateLimitEvent>): () => void {
    return this.#listeners.subscribe(listener);
  }

  /** Takes up another state, as `restore` does; who waits, waits by it. */
  enter(state: unknown): void {
    const at = this.#catchUp();
    this.#state = state;
    this.#setTimer(at);
  }

  #wait<T>(call: Call<T>, next: Next, at: number, waitMs: number): Promise<T> {
    if (waitMs > this.#maxWaitMs + nanosecond || at + waitMs > (call.deadline ?? Infinity)) {
      return Promise.reject(this.#refusal(call, waitMs));
    }
    const { name: policy } = this;
    const reason = `its turn comes in ${wholeMs(waitMs)} ms`;
    call.trail?.push({ policy, action: 'wait', reason, delayMs: waitMs });
    return new Promise((resolve, reject) => {
      const go = () => {
        this.#make(call, next).then(resolve, reject);
      };
      const waiter: Waiter = { call, queuedAt: at, go, reject, stopListening: undefined };
      this.#waiting.add(waiter);
      if (call.isAbortable) {
        waiter.stopListening = call.onAbort((abortReason) => {
          this.#waiting.delete(waiter);
          this.#setTimer(this.clock.monotonic());
          reject(abortReason);
        });
      }
      if (this.#timer === undefined) this.#setTimer(at);
      if (this.#listeners.isHeard) {
        this.#listeners.emit({
          type: 'queued',
          policy,
          at: this.clock.now(),
          waitMs,
          waiting: this.#waiting.size,
        });
      }
    });
  }

  #waitMs(at: number, ahead: number): number {
    const waitMs = this.rule.waitMs(this.#state, at, ahead);
    return waitMs < nanosecond ? 0 : waitMs;
  }

  #make<T>(call: Call<T>, next: Next): Promise<T> {
    const result = runSafely(call, next);
    if (this.rule.answered === undefined) return result;
    return result.then(
      (value) => {
        this.#learn(call, false, undefined);
        return value;
      },
      (error: unknown) => {
        this.#learn(call, true, error);
        throw error;
      },
    );
  }

  #learn(call: Call<unknown>, hasFailed: boolean, error: unknown): void {
    // What its caller gave up on tells nothing of the other side.
    if (call.aborted) return;
    const at = this.clock.monotonic();
    this.#state = this.rule.answered?.(this.#state, at, hasFailed, error) ?? this.#state;
    if (this.#waiting.size > 0) this.#setTimer(at);
  }

  #take(at: number, waitedMs: number): void {
    this.#state = this.rule.taken(this.#state, at);
    if (this.#listeners.isHeard) {
      const now = this.clock.now();
      this.#listeners.emit({ type: 'admitted', policy: this.name, at: now, waitedMs });
    }
  }

  #refusal(call: Call<unknown>, waitMs: number): RateLimitedError {
    // By then it may wait for what is left; one whose deadline is too near may not wait at all.
    const mayWaitMs = waitMs > this.#maxWaitMs + nanosecond ? this.#maxWaitMs : 0;
    const retryAfterMs = wholeMs(waitMs - mayWaitMs);
    const error = new RateLimitedError(this.name, retryAfterMs);
    call.trail?.push({ policy: this.name, action: 'reject', reason: error.message });
    if (this.#listeners.isHeard) {
      const at = this.clock.now();
      this.#listeners.emit({ type: 'rejected', policy: this.name, at, retryAfterMs });
    }
    return error;
  }

  /** The monotonic time, after everybody whose turn has come by now has gone. */
  #catchUp(): number {
    const at = this.clock.monotonic();
    // A listener or an operation that looks at what is available: turns keep their order.
    if (this.#isCatchingUp) return at;
    this.#isCatchingUp = true;
    try {
      for (const waiter of this.#waiting) {
        if (this.#waitMs(at, 0) > 0) break;
        this.#waiting.delete(waiter);
        waiter.stopListening?.();
        this.#take(at, at - waiter.queuedAt);
        waiter.go();
      }
    } finally {
      this.#isCatchingUp = false;
    }
    if (this.#waiting.size === 0) this.#rest();
    return at;
  }

  #rest(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #setTimer(at: number): void {
    this.#rest();
    if (this.#waiting.size === 0) return;
    this.#timer = this.clock.setTimer(
      () => {
        this.#timer = undefined;
        this.#setTimer(this.#catchUp());
      },
      this.#waitMs(at, 0),
    );
  }
}

function wholeMs(ms: number): number {
  return Math.max(0, Math.ceil(ms - nanosecond));
}
