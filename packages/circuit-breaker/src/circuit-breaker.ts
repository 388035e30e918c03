import {
  type Call,
  type CallOptions,
  type Time,
  executeUnder,
  type Listener,
  Listeners,
  type Next,
  type Operation,
  type Policy,
  systemTime,
} from '@chimera/policy';
import { announcement } from './announcement.ts';
import type { CircuitState, CircuitStatus } from './circuit-state.ts';
import { classifyAbort, msFrom, verdictOf, type Word } from './classify.ts';
import { CircuitOpenError } from './errors.ts';
import { type CircuitBreakerEvent, type Ended, type News, outcomeOf } from './events.ts';
import {
  type CircuitBreakerDeps,
  type CircuitBreakerOptions,
  type Settings,
  settingsFrom,
} from './options.ts';
import { admit, closed, count, elapse, settle, waitMs } from './state.ts';

/**
 * Stops calling a dependency that keeps failing, and tries it again later.
 *
 * Closed, it lets calls through and counts how they end. When its detector says so it opens: calls
 * are refused with {@link CircuitOpenError} for as long as `openFor`. Then it is half-open: a few
 * probes go through, and they decide whether it closes or opens again (Nygard, "Release It!"). A
 * result counts only in the generation that admitted its call. No timer runs at any time.
 */
export class CircuitBreaker implements Policy {
  /** Named in errors and events. */
  readonly name: string;
  /** What the options come to; with {@link state} and {@link clock} all that functions beside it need. */
  readonly rules: Settings;
  readonly clock: Time;
  readonly #listeners: Listeners<CircuitBreakerEvent> = new Listeners();
  #state: CircuitState;
  // For calls of the closed circuit: made for an epoch, not for each call.
  #ending: Ending;

  /** @throws RangeError when an option is wrong. */
  constructor(options: CircuitBreakerOptions = {}, deps: CircuitBreakerDeps = {}) {
    const { clock = systemTime, onEvent } = deps;
    this.name = options.name ?? 'circuit';
    this.rules = settingsFrom(options);
    this.clock = clock;
    this.#state = closed(0, this.rules.detector.empty);
    this.#ending = this.#endingOf();
    if (onEvent !== undefined) this.subscribe(onEvent);
  }

  /** The state by now, for a look at it ({@link healthOf}) or to keep it ({@link snapshotOf}). */
  get state(): CircuitState {
    this.#catchUp();
    return this.#state;
  }

  /** `half-open` as soon as the next call would probe. */
  get status(): CircuitStatus {
    const { state, retryAfterMs } = this;
    return state.status === 'open' && retryAfterMs === 0 ? 'half-open' : state.status;
  }

  /** How long until a call would be admitted, in ms, rounded up: 0 when now, Infinity when only a hand can change it. */
  get retryAfterMs(): number {
    const at = this.#catchUp();
    return Math.ceil(waitMs(this.#state, at, this.rules));
  }

  /** Runs the operation, or rejects with {@link CircuitOpenError} without calling it. */
  execute<T>(operation: Operation<T>, options?: CallOptions): Promise<T> {
    return executeUnder(this, operation, options);
  }

  run<T>(call: Call<T>, next: Next): Promise<T> {
    let ending = this.#ending;
    if (
      this.#state.status !== 'closed' ||
      this.rules.detector.measures === 'duration' ||
      call.isAbortable
    ) {
      const admitted = this.admit(call);
      if (admitted instanceof CircuitOpenError) return Promise.reject(admitted);
      ending = admitted;
    }
    return next(call).then<T>(ending.onResult, ending.onError);
  }

  /** Lets a call through, or refuses it. */
  admit(call?: Call<unknown>): Ending | CircuitOpenError {
    const at = this.#catchUp();
    const ms = waitMs(this.#state, at, this.rules);
    if (ms > 0) {
      const retryAfterMs = ms === Infinity ? undefined : Math.ceil(ms);
      const error = new CircuitOpenError(this.name, this.#state.status, retryAfterMs);
      this.tell({ type: 'rejected', retryAfterMs });
      call?.trail?.push({ policy: this.name, action: 'reject', reason: error.message });
      return error;
    }
    const after = admit(this.#state, at, this.rules);
    // Before listeners hear of it: they may let through other calls.
    const ending = this.#endingOf(at, call, after);
    this.enter(after);
    return ending;
  }

  /** Returns the function that unsubscribes. A listener that throws changes nothing. */
  subscribe(listener: Listener<CircuitBreakerEvent>): () => void {
    return this.#listeners.subscribe(listener);
  }

  /**
   * Takes up another state, as {@link restore} does, and tells listeners: of the call that has
   * led to it, and of the change. Whatever they do to the breaker, they do to its new state.
   */
  enter(after: CircuitState, ended?: Ended['type'], evidence?: unknown): void {
    const before = this.#state;
    this.#state = after;
    if (after.epoch !== before.epoch) this.#ending = this.#endingOf();
    if (!this.#listeners.isHeard) return;
    const news = announcement(before, after, evidence);
    if (ended !== undefined) this.tell({ type: ended, evidence });
    if (news !== undefined) this.tell(news);
  }

  /** What follows a call that a state, by default the present one, has let through. */
  #endingOf(
    startedAt: number = Number.NaN,
    call?: Call<unknown>,
    { epoch, nextProbe = 0 }: CircuitState = this.#state,
  ): Ending {
    const probe = nextProbe - 1;
    const settled = (said: Word, evidence: unknown) => {
      const { rules } = this;
      const word = call?.aborted === true ? classifyAbort(call.abortReason) : said;
      const verdict = verdictOf(word, evidence, rules);
      const state = this.#state;
      if (verdict === 'success' && state.status === 'closed' && state.epoch === epoch) {
        // By far the most frequent: no object for the outcome, and the clock only where it may be looked at.
        const at =
          rules.detector.measures === 'order' && state.window === rules.detector.empty
            ? startedAt
            : this.clock.monotonic();
        this.enter(count(state, verdict, at, at - startedAt, rules), 'succeeded', evidence);
        return;
      }
      const at = this.#catchUp();
      const openForMs = verdict === 'success' ? undefined : msFrom(rules.retryAfter, evidence);
      const outcome = { at, epoch, probe, verdict, durationMs: at - startedAt, openForMs };
      const type = this.#state.epoch === epoch ? outcomeOf(verdict) : 'discarded';
      this.enter(settle(this.#state, outcome, rules), type, evidence);
    };
    return {
      settled,
      onResult: (result) => {
        settled('result', result);
        return result;
      },
      onError: (error) => {
        settled('error', error);
        throw error;
      },
    };
  }

  /** The monotonic time, after everything that it alone has changed. */
  #catchUp(): number {
    const at = this.clock.monotonic();
    this.enter(elapse(this.#state, at, this.rules));
    return at;
  }

  /** Tells listeners what has happened. */
  tell(news: News): void {
    if (this.#listeners.isHeard) {
      this.#listeners.emit({ ...news, breaker: this.name, at: this.clock.now() });
    }
  }
}

/** What follows a call that was let through: it is settled, and its caller gets what came of it. */
export interface Ending {
  readonly settled: (said: Word, evidence?: unknown) => void;
  readonly onResult: <T>(result: T) => T;
  readonly onError: (error: unknown) => never;
}
