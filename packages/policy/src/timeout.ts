import type { Call } from './call.ts';
import type { Clock } from './clock.ts';
import type { Duration } from './duration.ts';
import { type Listener, Listeners } from './listeners.ts';
import type { CallOptions, Operation } from './operation.ts';
import { choiceOption, durationOption } from './option-rules.ts';
import { executeUnder, type Next, type Policy } from './policy.ts';
import { RunQueue } from './run-queue.ts';
import { systemClock } from './system-clock.ts';
import { TimedRun } from './timed-run.ts';
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

/** Kept for the next calls, so that a burst does not leave all its records behind. */
const mostSpare = 256;

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
  readonly #queue: RunQueue;
  readonly #spare: TimedRun[] = [];
  readonly #listeners: Listeners<TimeoutEvent> = new Listeners();

  /** @throws RangeError for a wrong option. */
  constructor(options: TimeoutOptions, deps: TimeoutDeps = {}) {
    const { after, mode = 'hard', name = 'timeout' } = options;
    this.#name = name;
    this.#afterMs = durationOption('timeout', 'after', after, 1);
    this.#isHard = choiceOption('timeout', 'mode', mode, ['hard', 'cooperative']) === 'hard';
    this.#clock = deps.clock ?? systemClock;
    this.#queue = new RunQueue(this.#clock, this.#afterMs, (run) => this.#strike(run));
    if (deps.onEvent !== undefined) this.#listeners.subscribe(deps.onEvent);
  }

  execute<T>(operation: Operation<T>, options?: CallOptions): Promise<T> {
    return executeUnder(this, operation, options);
  }

  run<T>(call: Call<T>, next: Next): Promise<T> {
    const dueAt = this.#clock.monotonic() + this.#afterMs;
    const { deadline } = call;
    const isSooner = deadline !== undefined && deadline < dueAt;
    const child = call.child(call.attempt, isSooner ? deadline : dueAt);
    const run = this.#spare.pop() ?? new TimedRun(this.#settled, this.#aborted, this.#failureOf);
    run.call = child;
    run.dueAt = dueAt;
    this.#queue.add(run);
    if (call.isAbortable) child.onAbort(run.onAbort);
    const result = new Promise<T>(run.open);
    try {
      next(child).then(run.onResult, run.onError);
    } catch (error) {
      run.onError(error);
    }
    return result;
  }

  /** Returns the function that unsubscribes. */
  subscribe(listener: Listener<TimeoutEvent>): () => void {
    return this.#listeners.subscribe(listener);
  }

  readonly #settled = (run: TimedRun): void => {
    this.#queue.remove(run);
    run.call?.release();
    if (this.#spare.length < mostSpare) this.#spare.push(run);
  };

  /** An abort from above ends the time: an operation that never ends must not keep the process alive until then. */
  readonly #aborted = (run: TimedRun, reason: unknown): void => {
    this.#queue.remove(run);
    if (this.#isHard) run.giveUp(reason);
  };

  readonly #failureOf = (error: unknown, timeout: TimeoutError | undefined): unknown =>
    timeout === undefined || error === timeout
      ? error
      : new TimeoutError(this.#name, this.#afterMs, { cause: error });

  #strike(run: TimedRun): void {
    const { call } = run;
    if (call === undefined) return;
    const error = new TimeoutError(this.#name, this.#afterMs);
    run.timeout = error;
    call.trail?.push({ policy: this.#name, action: 'timeout', reason: error.message });
    call.abort(error);
    if (this.#isHard) run.giveUp(error);
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
