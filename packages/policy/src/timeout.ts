import type { Call } from './call.ts';
import type { Clock } from './clock.ts';
import type { Duration } from './duration.ts';
import { type Listener, Listeners } from './listeners.ts';
import type { CallOptions, Operation } from './operation.ts';
import { choiceOption, durationOption } from './option-rules.ts';
import { executeUnder, type Next, type Policy } from './policy.ts';
import { systemClock } from './system-clock.ts';
import { TimedCall } from './timed-call.ts';
import { TimedCalls } from './timed-calls.ts';
import { TimeoutError } from './timeout-error.ts';

export interface TimeoutOptions {
  /** How long a call may take, at least 1 ms. */
  readonly after: Duration;
  /**
   * `hard` (default) rejects at once and drops what the operation gives later. `cooperative` only
   * aborts the signal and waits for the operation to end: it rejects when the operation does, and
   * passes on a result that came all the same.
   */
  readonly mode?: 'hard' | 'cooperative';
  /** Named in errors, events and reports. Default 'timeout'. */
  readonly name?: string;
}

/** A call did not settle in its time. */
export interface TimeoutEvent {
  readonly type: 'timed-out';
  readonly policy: string;
  readonly attempt: number;
  readonly timeoutMs: number;
}

export interface TimeoutDeps {
  /** Default: the system's. */
  readonly clock?: Clock;
  /** Subscribed from the start. */
  readonly onEvent?: Listener<TimeoutEvent>;
}

/**
 * Gives each call a time to settle in: then its signal is aborted, and it rejects with
 * {@link TimeoutError}. What is below is told the deadline, the earlier one where two apply. An
 * abort by the caller is not a timeout.
 */
export class Timeout implements Policy {
  readonly #name: string;
  readonly #afterMs: number;
  readonly #isHard: boolean;
  readonly #clock: Clock;
  readonly #calls: TimedCalls;
  readonly #listeners: Listeners<TimeoutEvent> = new Listeners();

  /** @throws RangeError for a wrong option. */
  constructor(options: TimeoutOptions, deps: TimeoutDeps = {}) {
    const { after, mode = 'hard', name = 'timeout' } = options;
    this.#name = name;
    this.#afterMs = durationOption('timeout', 'after', after, 1);
    this.#isHard = choiceOption('timeout', 'mode', mode, ['hard', 'cooperative']) === 'hard';
    this.#clock = deps.clock ?? systemClock;
    this.#calls = new TimedCalls(this.#clock, this.#afterMs, (call) => this.#strike(call));
    if (deps.onEvent !== undefined) this.#listeners.subscribe(deps.onEvent);
  }

  execute<T>(operation: Operation<T>, options?: CallOptions): Promise<T> {
    return executeUnder(this, operation, options);
  }

  run<T>(call: Call<T>, next: Next): Promise<T> {
    const timed = new TimedCall(call, this.#clock.monotonic() + this.#afterMs);
    this.#calls.add(timed);
    return this.#isHard ? this.#race(timed, next) : this.#await(timed, next);
  }

  /** Returns the function that unsubscribes. */
  subscribe(listener: Listener<TimeoutEvent>): () => void {
    return this.#listeners.subscribe(listener);
  }

  #race<T>(call: TimedCall<T>, next: Next): Promise<T> {
    return new Promise((resolve, reject) => {
      call.reject = reject;
      next(call).then(
        (value) => {
          this.#settle(call);
          resolve(value);
        },
        (error: unknown) => {
          this.#settle(call);
          reject(error);
        },
      );
    });
  }

  #await<T>(call: TimedCall<T>, next: Next): Promise<T> {
    return next(call).then(
      (value) => {
        this.#settle(call);
        return value;
      },
      (error: unknown) => {
        this.#settle(call);
        const { timeout } = call;
        if (timeout === undefined || error === timeout) throw error;
        throw new TimeoutError(this.#name, this.#afterMs, { cause: error });
      },
    );
  }

  #settle(call: TimedCall<unknown>): void {
    this.#calls.remove(call);
    call.release();
  }

  #strike(call: TimedCall<unknown>): void {
    if (call.aborted) {
      call.reject?.(call.abortReason);
      return;
    }
    const error = new TimeoutError(this.#name, this.#afterMs);
    call.timeout = error;
    call.trail?.push({ policy: this.#name, action: 'timeout', reason: error.message });
    call.abort(error);
    call.reject?.(error);
    if (this.#listeners.isHeard) {
      this.#listeners.emit({
        type: 'timed-out',
        policy: this.#name,
        attempt: call.attempt,
        timeoutMs: this.#afterMs,
      });
    }
  }
}
