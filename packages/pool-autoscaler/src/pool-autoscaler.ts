import { type Clock, integerOption, type Listener, Listeners, systemClock } from '@chimera/policy';
import { decide, type ScalingPolicy } from './decide.ts';
import { DecisionLog, type LoggedDecision } from './decision-log.ts';
import type { ScalingDecision } from './decision.ts';
import { type PoolAutoscalerOptions, scalingPolicy } from './options.ts';
import type { PoolSnapshot } from './snapshot.ts';
import { initialState, type ScalingState } from './state.ts';

/** Sent when a decision differs from the one before: a change of size, or another cause of holding. */
export interface ScalingEvent {
  readonly type: 'scale-up' | 'scale-down' | 'hold';
  /** Wall-clock ms since the epoch. */
  readonly at: number;
  readonly decision: ScalingDecision;
}

export interface PoolAutoscalerDeps {
  readonly clock?: Clock;
  readonly onEvent?: Listener<ScalingEvent>;
}

const eventTypes = { up: 'scale-up', down: 'scale-down', hold: 'hold' } as const;

/**
 * Decides how large a pool of workers should be. It resizes nothing itself: call {@link evaluate}
 * about once a second and give the pool the size that it answers.
 *
 * @throws RangeError for options out of range, and for thresholds that must oscillate.
 */
export class PoolAutoscaler {
  readonly policy: ScalingPolicy;
  readonly #clock: Clock;
  readonly #isDryRun: boolean;
  readonly #log: DecisionLog;
  readonly #listeners = new Listeners<ScalingEvent>();
  #state: ScalingState = initialState;

  constructor(options: PoolAutoscalerOptions = {}, deps: PoolAutoscalerDeps = {}) {
    this.policy = scalingPolicy(options);
    this.#clock = deps.clock ?? systemClock;
    this.#isDryRun = options.dryRun ?? false;
    this.#log = new DecisionLog(
      integerOption('pool-autoscaler', 'logSize', options.logSize ?? 100, 1),
    );
    if (deps.onEvent !== undefined) this.#listeners.subscribe(deps.onEvent);
  }

  /** Plain JSON: what is remembered between ticks. */
  get state(): ScalingState {
    return this.#state;
  }

  /** The latest decisions, oldest first; ticks that came out the same are one entry. */
  get decisions(): readonly LoggedDecision[] {
    return this.#log.entries;
  }

  evaluate(snapshot: PoolSnapshot): ScalingDecision {
    const wallAt = this.#clock.now();
    const timed = { ...snapshot, at: this.#clock.monotonic(), wallAt };
    const decided = decide(timed, this.#state, this.policy);
    this.#state = decided.state;
    const decision = this.#isDryRun ? held(decided.decision) : decided.decision;
    if (this.#log.add(decision, wallAt) && this.#listeners.isHeard) {
      this.#listeners.emit({ type: eventTypes[decision.action], at: wallAt, decision });
    }
    return decision;
  }

  /** Returns the function that unsubscribes. */
  subscribe(listener: Listener<ScalingEvent>): () => void {
    return this.#listeners.subscribe(listener);
  }
}

function held(decision: ScalingDecision): ScalingDecision {
  const { action, from, to, cause, reason } = decision;
  if (action === 'hold') return decision;
  return {
    action: 'hold',
    from,
    to: from,
    cause,
    reason: `dry run, would go ${from} → ${to}: ${reason}`,
    instead: { action, to },
  };
}
