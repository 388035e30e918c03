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
import type { CircuitRules, CircuitState, CircuitStatus } from './circuit-state.ts';
import { classifyAbort, hintOf, type Settle, verdictOf } from './classify.ts';
import { CircuitOpenError } from './errors.ts';
import { type CircuitBreakerEvent, type Ended, type News, outcomeOf } from './events.ts';
import {
  type CircuitBreakerDeps,
  type CircuitBreakerOptions,
  type Settings,
  settingsFrom,
} from './options.ts';
import { CallPermit, type Permit } from './permit.ts';
import { admit, elapse, initialState, settle, statusAt, waitMs } from './state.ts';

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
  readonly rules: CircuitRules;
  readonly clock: Time;
  readonly #settings: Settings;
  readonly #listeners: Listeners<CircuitBreakerEvent> = new Listeners();
  #state: CircuitState;
  // For calls of the closed circuit: made for an epoch, not for each call.
  #ending: Ending;

  /** @throws RangeError when an option is wrong. */
  constructor(options: CircuitBreakerOptions = {}, deps: CircuitBreakerDeps = {}) {
    const { clock = systemTime, onEvent } = deps;
    this.name = options.name ?? 'circuit';
    this.#settings = settingsFrom(options);
    this.rules = this.#settings.rules;
    this.clock = clock;
    this.#state = initialState(this.rules);
    this.#ending = endingOf(this.#endOf(Number.NaN));
    if (onEvent !== undefined) this.subscribe(onEvent);
  }

  /** The state by now, for a look at it ({@link healthOf}) or to keep it ({@link snapshotOf}). */
  get state(): CircuitState {
    this.#catchUp();
    return this.#state;
  }

  /** `half-open` as soon as the next call would probe. */
  get status(): CircuitStatus {
    const at = this.#catchUp();
    return statusAt(this.#state, at);
  }

  /** How long until a call would be admitted, in ms, rounded up: 0 when now, Infinity when only a hand can change it. */
  get retryAfterMs(): number {
    return Math.ceil(this.#waitMs(this.#catchUp()));
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
      const at = this.#catchUp();
      const end = this.#admit(at, call);
      if (end === undefined) return Promise.reject(this.#refusal(call, at));
      ending = endingOf(end);
    }
    return next(call).then<T>(ending.onResult, ending.onError);
  }

  /**
   * The right to make one call, for work that does not fit into a function; undefined when the
   * breaker refuses. Say how it went: until then, or `probeTimeout`, it may hold a probe's place.
   */
  tryAcquire(): Permit | undefined {
    const at = this.#catchUp();
    const end = this.#admit(at);
    if (end !== undefined) return new CallPermit(end);
    this.#tellRejected(at);
    return undefined;
  }

  /** Returns the function that unsubscribes. A listener that throws changes nothing. */
  subscribe(listener: Listener<CircuitBreakerEvent>): () => void {
    return this.#listeners.subscribe(listener);
  }

  /**
   * Takes up another state, as {@link restore} does, and tells listeners: of the call that has
   * led to it, and of the change. Whatever they do to the breaker, they do to its new state.
   */
  enter(after: CircuitState, ended?: Ended): void {
    const before = this.#state;
    this.#state = after;
    if (after.epoch !== before.epoch) this.#ending = endingOf(this.#endOf(Number.NaN));
    if (ended !== undefined) this.#tell(ended);
    const news = announcement(before, after, ended?.evidence);
    if (news !== undefined) this.#tell(news);
  }

  #waitMs(at: number): number {
    return waitMs(this.#state, at, this.rules);
  }

  #admit(at: number, call?: Call<unknown>): Settle | undefined {
    if (this.#waitMs(at) > 0) return undefined;
    this.enter(admit(this.#state, at, this.rules));
    return this.#endOf(at, call);
  }

  #refusal(call: Call<unknown>, at: number): CircuitOpenError {
    const retryAfterMs = this.#tellRejected(at);
    const error = new CircuitOpenError(this.name, this.#state.status, retryAfterMs);
    call.trail?.push({ policy: this.name, action: 'reject', reason: error.message });
    return error;
  }

  #tellRejected(at: number): number | undefined {
    const ms = this.#waitMs(at);
    const retryAfterMs = ms === Infinity ? undefined : Math.ceil(ms);
    this.#tell({ type: 'rejected', retryAfterMs });
    return retryAfterMs;
  }

  /** Settles a call that the present state lets through. */
  #endOf(startedAt: number, call?: Call<unknown>): Settle {
    const { epoch, nextProbe = 0 } = this.#state;
    const probe = nextProbe - 1;
    return (said, evidence) => {
      const { rules } = this;
      const word = call?.aborted === true ? classifyAbort(call.abortReason) : said;
      if (
        word === 'result' &&
        this.#settings.classifyResult === undefined &&
        rules.detector.measures === 'order' &&
        !this.#listeners.isHeard &&
        this.#state.status === 'closed' &&
        this.#state.window === rules.detector.empty
      ) {
        return;
      }
      const at = this.#catchUp();
      const verdict = verdictOf(word, evidence, this.#settings);
      const openForMs = verdict === 'success' ? undefined : hintOf(evidence, this.#settings);
      const outcome = { at, epoch, probe, verdict, durationMs: at - startedAt, openForMs };
      const type = this.#state.epoch === epoch ? outcomeOf(verdict) : 'discarded';
      this.enter(settle(this.#state, outcome, rules), { type, evidence });
    };
  }

  /** The monotonic time, after everything that it alone has changed. */
  #catchUp(): number {
    const at = this.clock.monotonic();
    if (this.#state.status === 'half-open') {
      this.enter(elapse(this.#state, at, this.rules));
    }
    return at;
  }

  #tell(news: News): void {
    if (this.#listeners.isHeard) {
      this.#listeners.emit({ ...news, breaker: this.name, at: this.clock.now() });
    }
  }
}

interface Ending {
  readonly onResult: <T>(result: T) => T;
  readonly onError: (error: unknown) => never;
}

/** What follows a call: it is settled, and its caller gets what came of it. */
function endingOf(settle: Settle): Ending {
  return {
    onResult: (result) => {
      settle('result', result);
      return result;
    },
    onError: (error) => {
      settle('error', error);
      throw error;
    },
  };
}
