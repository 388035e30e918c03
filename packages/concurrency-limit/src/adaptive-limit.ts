import {
  type Call,
  type CallOptions,
  type Clock,
  executeUnder,
  type Listener,
  type Next,
  type Operation,
  type Policy,
  type Random,
  systemRandom,
} from '@chimera/policy';
import { classifyDrop, type SampleVerdict, verdictOfError } from './classify-sample.ts';
import { Gate, type GateDeps, type Queueing, type Watch } from './gate.ts';
import type { LimitEvent } from './limit-event.ts';
import { LimitExceededError } from './limit-exceeded-error.ts';
import type { LimitRule, LimitState } from './limit-rule.ts';
import { type SampledPermit, sampledPermitOf } from './sampled-permit.ts';

export interface AdaptiveLimitOptions {
  /** How the limit is found: `gradient2()`, `vegas()`, `aimd()`, each also `windowed()`, or your own. */
  readonly rule: LimitRule;
  /** Lets calls wait that find no room: `waitingRoom({ maxQueue, maxWait })`. Default: they are refused at once. */
  readonly queue?: Queueing;
  /** What an error says about the load. Default: timeouts are drops, other errors are ignored. Refusals always are. */
  readonly classifyError?: (error: unknown) => SampleVerdict;
  /** Named in errors, events and reports. Default 'adaptive-limit'. */
  readonly name?: string;
}

export interface AdaptiveLimitDeps extends GateDeps {
  /** Used by rules that spread their probes. Default: the system's. */
  readonly random?: Random;
}

/** Of a clock that did not move, so that rules can divide by it: a microsecond, in ms. */
const shortestMs = 0.001;

/**
 * Bounds how many calls run at once by a limit that it finds from how long they take: what was
 * called decides by its latency how much it is asked (Netflix's concurrency-limits). Whoever finds
 * no room is refused with {@link LimitExceededError}, or waits as in a `Bulkhead`. A permit is held
 * until the work has ended, also when its caller gave up on it. No timer runs while nobody waits.
 */
export class AdaptiveLimit implements Policy {
  readonly rule: LimitRule;
  readonly #classifyError: (error: unknown) => SampleVerdict;
  readonly #random: Random;
  readonly #gate: Gate;
  #state: LimitState;

  /** @throws RangeError when an option is wrong. */
  constructor(options: AdaptiveLimitOptions, deps: AdaptiveLimitDeps = {}) {
    const { rule, classifyError = classifyDrop, name = 'adaptive-limit' } = options;
    this.rule = rule;
    this.#classifyError = classifyError;
    this.#random = deps.random ?? systemRandom;
    this.#state = rule.initial;
    this.#gate = new Gate(
      name,
      limitOf(this.#state),
      options.queue,
      LimitExceededError,
      deps,
      this.#watch,
    );
  }

  get name(): string {
    return this.#gate.name;
  }

  /** How many calls may run at once, as found so far. */
  get limit(): number {
    return this.#gate.limit;
  }

  /** How many permits are held. More than `limit` for a while after it fell. */
  get inFlight(): number {
    return this.#gate.inFlight;
  }

  /** How many calls wait. */
  get queued(): number {
    return this.#gate.queued;
  }

  /** What has been learnt. */
  get state(): LimitState {
    return this.#state;
  }

  get clock(): Clock {
    return this.#gate.clock;
  }

  /** Runs the operation, or rejects with {@link LimitExceededError}. */
  execute<T>(operation: Operation<T>, options?: CallOptions): Promise<T> {
    return executeUnder(this, operation, options);
  }

  run<T>(call: Call<T>, next: Next): Promise<T> {
    return this.#gate.run(call, next);
  }

  /** A permit for work that does not fit into a function; undefined when there is no room. Never waits. */
  tryAcquire(): SampledPermit | undefined {
    if (!this.#gate.tryEnter()) return undefined;
    const sample = this.#stopwatch();
    return sampledPermitOf((verdict) => {
      sample(verdict);
      this.#gate.leave();
    });
  }

  /** Returns the function that unsubscribes. A listener that throws changes nothing. */
  subscribe(listener: Listener<LimitEvent>): () => void {
    return this.#gate.subscribe(listener);
  }

  /** Takes up another estimate, as `restore` does. */
  enter(state: LimitState): void {
    this.#state = state;
    this.#gate.resize(limitOf(state));
  }

  readonly #watch: Watch = (call) => {
    const sample = this.#stopwatch();
    return (hasFailed, error) => {
      if (call.aborted) sample(classifyDrop(call.abortReason));
      else sample(hasFailed ? verdictOfError(error, this.#classifyError) : 'measured');
    };
  };

  #stopwatch(): (verdict: SampleVerdict) => void {
    const { clock, inFlight } = this.#gate;
    const startedAt = clock.monotonic();
    return (verdict) => {
      if (verdict === 'ignored') return;
      const at = clock.monotonic();
      const rttMs = Math.max(shortestMs, at - startedAt);
      const isDropped = verdict === 'dropped';
      const random = this.#random();
      this.enter(this.rule.after(this.#state, { at, rttMs, inFlight, isDropped, random }));
    };
  }
}

function limitOf({ limit }: LimitState): number {
  return Math.max(1, Math.floor(limit));
}
