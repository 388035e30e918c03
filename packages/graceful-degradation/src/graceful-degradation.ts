import { type Clock, type Listener, Listeners, systemClock } from '@chimera/policy';
import { DegradedError } from './errors.ts';
import { admissibleInMs, type DegradationLimits, limitsOf, priorityFloor } from './limits.ts';
import type { Mode } from './mode.ts';
import {
  type DegradationSettings,
  degradationSettings,
  type GracefulDegradationOptions,
} from './options.ts';
import type { Signals } from './signals.ts';
import { type DegradationState, initialState, unseen } from './state.ts';
import { transition } from './transition.ts';

export interface DegradationEvent {
  readonly type: 'mode-changed';
  /** Wall-clock ms since the epoch. */
  readonly at: number;
  readonly from: Mode;
  readonly to: Mode;
  readonly reason: string;
}

export interface GracefulDegradationDeps {
  readonly clock?: Clock;
  readonly onEvent?: Listener<DegradationEvent>;
}

/**
 * Decides what to give up while the machine is short of memory or CPU: slots, unimportant work,
 * optional steps. Call {@link observe} about once a second, then ask {@link limits} and
 * {@link admit}. Running work is never touched.
 *
 * @throws RangeError for options out of range, and for lines without hysteresis.
 */
export class GracefulDegradation {
  readonly settings: DegradationSettings;
  readonly #clock: Clock;
  readonly #listeners = new Listeners<DegradationEvent>();
  #state: DegradationState;

  constructor(options: GracefulDegradationOptions = {}, deps: GracefulDegradationDeps = {}) {
    this.settings = degradationSettings(options);
    this.#clock = deps.clock ?? systemClock;
    this.#state = { ...initialState, enteredAt: this.#clock.monotonic() };
    if (deps.onEvent !== undefined) this.#listeners.subscribe(deps.onEvent);
  }

  get mode(): Mode {
    return this.#state.mode;
  }

  /** Plain JSON, with the smoothed signals and the reason of the mode. */
  get state(): DegradationState {
    return this.#state;
  }

  /** Takes one reading; a value that is missing or NaN neither worsens the mode nor improves it. */
  observe(signals: Signals): DegradationState {
    const before = this.#state.mode;
    this.#state = transition(this.#state, signals, this.#clock.monotonic(), this.settings);
    const { mode, reason } = this.#state;
    if (mode !== before && this.#listeners.isHeard) {
      const at = this.#clock.now();
      this.#listeners.emit({ type: 'mode-changed', at, from: before, to: mode, reason });
    }
    return this.#state;
  }

  /**
   * Forgets what was seen, not what was decided: averages, holds and clear times begin anew, mode
   * and slots stay. Call it when nobody has looked for a while, say after the machine slept.
   */
  forget(): void {
    this.#state = unseen(this.#state);
  }

  /** What the mode allows a pool whose size would be `baselinePoolSize` if all were well. */
  limits(baselinePoolSize: number): DegradationLimits {
    return limitsOf(this.#state, baselinePoolSize, this.settings);
  }

  /**
   * Undefined when work of this priority (higher is more important) may start; otherwise the
   * refusal, to throw, return or park by. A retry counts as a little less important than a first try.
   */
  admit(priority: number, attempt = 1): DegradedError | undefined {
    if (this.#state.mode === 'normal') return undefined;
    const floor = priorityFloor(this.#state.mode, this.settings);
    const effective = attempt > 1 ? priority - this.settings.retryPenalty : priority;
    if (effective >= floor) return undefined;
    const at = this.#clock.monotonic();
    const retryAfterMs = admissibleInMs(this.#state, effective, at, this.settings);
    return new DegradedError(this.#state.mode, effective, floor, retryAfterMs);
  }

  /** Returns the function that unsubscribes. */
  subscribe(listener: Listener<DegradationEvent>): () => void {
    return this.#listeners.subscribe(listener);
  }
}
