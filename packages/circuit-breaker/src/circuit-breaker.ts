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
  systemRandom,
} from '@chimera/policy';
import { announcement } from './announcement.ts';
import type { CircuitEvent, CircuitState, Mode, TripCause } from './circuit-state.ts';
import { classifyAbort, hintOf, verdictOf } from './classify.ts';
import { CircuitOpenError } from './errors.ts';
import { type CircuitBreakerEvent, type OutcomeEvent, outcomeOf } from './events.ts';
import { type BreakerHealth, type CircuitStatus, healthAt, statusAt } from './health.ts';
import {
  type CircuitBreakerDeps,
  type CircuitBreakerOptions,
  type Settings,
  settingsFrom,
} from './options.ts';
import { CallPermit, type Permit, type Word } from './permit.ts';
import { type BreakerSnapshot, revived, stored } from './snapshot.ts';
import { initialState, transition, waitMs } from './state.ts';

/**
 * Stops calling a dependency that keeps failing, and tries it again later.
 *
 * Closed, it lets calls through and counts how they end. When its detector says so it opens: calls
 * are refused with {@link CircuitOpenError} for as long as `openFor`. Then it is half-open: a few
 * probes go through, and they decide whether it closes or opens again (Nygard, "Release It!"). A
 * result counts only in the generation that admitted its call. No timer runs at any time.
 */
export class CircuitBreaker implements Policy {
  readonly #settings: Settings;
  readonly #clock: Clock;
  readonly #listeners: Listeners<CircuitBreakerEvent> = new Listeners();
  #state: CircuitState;
  // What follows a call of the closed circuit: made for an epoch, not for each call.
  #onResult!: <T>(result: T) => T;
  #onError!: (error: unknown) => never;

  /** @throws RangeError when an option is wrong. */
  constructor(options: CircuitBreakerOptions = {}, deps: CircuitBreakerDeps = {}) {
    this.#settings = settingsFrom(options, deps.random ?? systemRandom);
    this.#clock = deps.clock ?? systemClock;
    this.#state = initialState(this.#settings.rules);
    this.#bind(this.#state.epoch);
    if (deps.onEvent !== undefined) this.#listeners.subscribe(deps.onEvent);
  }

  get name(): string {
    return this.#settings.name;
  }

  /** `half-open` as soon as the next call would probe. */
  get status(): CircuitStatus {
    const at = this.#catchUp();
    return statusAt(this.#state, at);
  }

  /** How long until a call would be admitted, in ms, rounded up: 0 when now, Infinity when only a hand can change it. */
  get retryAfterMs(): number {
    const at = this.#catchUp();
    return Math.ceil(waitMs(this.#state, at, this.#settings.rules));
  }

  get health(): BreakerHealth {
    const at = this.#catchUp();
    return healthAt(this.#state, at, this.#settings.rules);
  }

  /** Runs the operation, or rejects with {@link CircuitOpenError} without calling it. */
  execute<T>(operation: Operation<T>, options?: CallOptions): Promise<T> {
    return executeUnder(this, operation, options);
  }

  run<T>(call: Call<T>, next: Next): Promise<T> {
    if (
      this.#state.status === 'closed' &&
      this.#settings.rules.detector.measures !== 'duration' &&
      !call.isAbortable
    ) {
      return next(call).then<T>(this.#onResult, this.#onError);
    }
    const at = this.#catchUp();
    const permit = this.#admit(at);
    return permit === undefined
      ? Promise.reject(this.#refusal(call, at))
      : this.#runWith(permit, call, next);
  }

  /**
   * The right to make one call, for work that does not fit into a function; undefined when the
   * breaker refuses. Say how it went: until then, or `probeTimeout`, it may hold a probe's place.
   */
  tryAcquire(): Permit | undefined {
    const at = this.#catchUp();
    const permit = this.#admit(at);
    if (permit === undefined) this.#tellRejected(at);
    return permit;
  }

  /** Opens the circuit from outside, by default for as long as a failure would; nothing happens unless the mode is automatic. */
  trip(openFor?: Duration, cause: TripCause = 'told to'): void {
    const openForMs =
      openFor === undefined ? undefined : durationOption('circuit-breaker', 'openFor', openFor);
    this.#apply({ type: 'tripped', at: this.#catchUp(), cause, openForMs });
  }

  /** Closes the circuit by hand, with nothing counted: the same as `setMode('automatic')`. */
  reset(): void {
    this.setMode('automatic');
  }

  /**
   * `forced-open` refuses every call, `disabled` admits every call and counts nothing,
   * `metrics-only` counts but never opens. `automatic` starts over with a closed circuit.
   */
  setMode(mode: Mode): void {
    this.#apply({ type: 'mode-set', mode });
  }

  /** Refuses every call while any isolation is held; when the last is disposed of, the mode beneath starts over. */
  isolate(): Disposable {
    this.#apply({ type: 'isolated' });
    let isHeld = true;
    return {
      [Symbol.dispose]: () => {
        if (isHeld) this.#apply({ type: 'released' });
        isHeld = false;
      },
    };
  }

  /** Returns the function that unsubscribes. A listener that throws changes nothing. */
  subscribe(listener: Listener<CircuitBreakerEvent>): () => void {
    return this.#listeners.subscribe(listener);
  }

  snapshot(): BreakerSnapshot {
    const at = this.#catchUp();
    const { name, rules } = this.#settings;
    const takenAt = this.#clock.now();
    const state = stored(this.#state, at, takenAt - at, rules);
    return { name, takenAt, detector: rules.detector.shape, state };
  }

  /** Takes up the state that a {@link snapshot} describes. Calls in flight count for nothing from here on. */
  restore(snapshot: BreakerSnapshot): void {
    const at = this.#catchUp();
    const skewMs = this.#clock.now() - at;
    this.#commit(revived(snapshot, this.#state, at, skewMs, this.#settings.rules));
  }

  #runWith<T>(permit: CallPermit, call: Call<T>, next: Next): Promise<T> {
    const settle = (word: Word, evidence: unknown) =>
      permit.settle(call.aborted ? classifyAbort(call.abortReason) : word, evidence);
    return next(call).then(
      (result) => {
        settle('result', result);
        return result;
      },
      (error: unknown) => {
        settle('error', error);
        throw error;
      },
    );
  }

  #admit(at: number): CallPermit | undefined {
    if (waitMs(this.#state, at, this.#settings.rules) > 0) return undefined;
    this.#apply({ type: 'admitted', at });
    const state = this.#state;
    const probe = state.status === 'half-open' ? state.nextProbe - 1 : -1;
    return new CallPermit(this.#settle, state.epoch, probe, at);
  }

  #refusal(call: Call<unknown>, at: number): CircuitOpenError {
    const retryAfterMs = this.#tellRejected(at);
    const error = new CircuitOpenError(this.name, this.#state.status, retryAfterMs);
    call.trail?.push({ policy: 'circuit-breaker', action: 'reject', reason: error.message });
    return error;
  }

  #tellRejected(at: number): number | undefined {
    const ms = waitMs(this.#state, at, this.#settings.rules);
    const retryAfterMs = ms === Infinity ? undefined : Math.ceil(ms);
    if (this.#listeners.isHeard) {
      const now = this.#clock.now();
      this.#listeners.emit({ type: 'rejected', breaker: this.name, at: now, retryAfterMs });
    }
    return retryAfterMs;
  }

  // An arrow function: permits hold on to it.
  readonly #settle = (
    epoch: number,
    probe: number,
    startedAt: number,
    word: Word,
    evidence: unknown,
  ): void => {
    const { isSilentOnSuccess, rules } = this.#settings;
    const isHeard = this.#listeners.isHeard;
    if (
      word === 'result' &&
      isSilentOnSuccess &&
      !isHeard &&
      this.#state.status === 'closed' &&
      this.#state.window === rules.detector.empty
    ) {
      return;
    }
    const at = this.#catchUp();
    const before = this.#state;
    const verdict = verdictOf(word, evidence, this.#settings);
    const openForMs = verdict === 'success' ? undefined : hintOf(evidence, this.#settings);
    const durationMs = at - startedAt;
    const type = 'settled';
    const event = { type, at, epoch, probe, verdict, durationMs, openForMs } as const;
    const after = transition(before, event, rules);
    if (after !== before || isHeard) {
      this.#commit(after, evidence, before.epoch === epoch ? outcomeOf[verdict] : 'discarded');
    }
  };

  /** The monotonic time, after everything that it alone has changed. */
  #catchUp(): number {
    const at = this.#clock.monotonic();
    if (this.#state.status === 'half-open') this.#apply({ type: 'elapsed', at });
    return at;
  }

  #apply(event: CircuitEvent): void {
    this.#commit(transition(this.#state, event, this.#settings.rules));
  }

  /** Listeners are told last: whatever they do to the breaker, they do to its new state. */
  #commit(after: CircuitState, evidence?: unknown, outcome?: OutcomeEvent['type']): void {
    const before = this.#state;
    this.#state = after;
    if (after.epoch !== before.epoch) this.#bind(after.epoch);
    if (!this.#listeners.isHeard) return;
    const at = this.#clock.now();
    const breaker = this.name;
    if (outcome !== undefined) this.#listeners.emit({ type: outcome, breaker, at, evidence });
    const news = announcement(before, after, breaker, at, evidence);
    if (news !== undefined) this.#listeners.emit(news);
  }

  #bind(epoch: number): void {
    this.#onResult = (result) => {
      this.#settle(epoch, -1, Number.NaN, 'result', result);
      return result;
    };
    this.#onError = (error) => {
      this.#settle(epoch, -1, Number.NaN, 'error', error);
      throw error;
    };
  }
}
