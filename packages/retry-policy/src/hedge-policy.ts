import {
  type Call,
  type CallOptions,
  type Clock,
  type Duration,
  durationOption,
  executeUnder,
  integerOption,
  type Listener,
  Listeners,
  type Next,
  type Operation,
  type Policy,
  systemClock,
} from '@chimera/policy';
import { discarding, type DisposeResult } from './discard.ts';
import type { ErrorTest } from './error-test.ts';
import type { HedgeEvent } from './hedge-event.ts';
import { type HedgeCore, HedgeRun } from './hedge-run.ts';
import { DefaultBudget } from './in-flight-budget.ts';
import type { RetryBudget } from './retry-budget.ts';

export interface HedgeOptions {
  /** For events and messages. Default `'hedge'`. */
  readonly name?: string;
  /** Attempts beside the first. Default 1. */
  readonly maxHedges?: number;
  /**
   * How long an attempt may take before the next one is begun beside it; a function is told the
   * number of the hedge, from 1. 0 begins all at once; Infinity never begins one beside another,
   * only after a failure. Set it near the slowest twentieth of calls. Default 1 000 ms.
   */
  readonly delay?: Duration | ((hedge: number) => number);
  /** Which errors end the call at once. Default: none. An AbortError always does. */
  readonly stopIf?: ErrorTest;
  /** What becomes of a result that came second. Default: its `Symbol.asyncDispose` or `Symbol.dispose`, if any. */
  readonly disposeResult?: DisposeResult;
  /** What keeps hedges from multiplying the load; may be shared with retries. `false` for none. Default: an `InFlightBudget` of the policy's own. */
  readonly budget?: RetryBudget | false;
}

export interface HedgeDeps {
  /** Default: the system's. */
  readonly clock?: Clock;
  /** Subscribed from the start. */
  readonly onEvent?: Listener<HedgeEvent>;
}

const owner = 'hedge-policy';

/**
 * Begins an operation again beside a slow attempt of it and takes the first success ("hedged
 * requests": Dean and Barroso, The Tail at Scale, 2013). The losers are aborted. Only for operations
 * that may run twice.
 */
export class HedgePolicy implements Policy {
  readonly #core: HedgeCore;

  /** @throws RangeError for a wrong option. */
  constructor(options: HedgeOptions = {}, deps: HedgeDeps = {}) {
    const listeners = new Listeners<HedgeEvent>();
    if (deps.onEvent !== undefined) listeners.subscribe(deps.onEvent);
    const { delay = 1_000, budget = new DefaultBudget() } = options;
    this.#core = {
      settings: {
        name: options.name ?? 'hedge',
        maxAttempts: 1 + integerOption(owner, 'maxHedges', options.maxHedges ?? 1, 0),
        delayOf: typeof delay === 'function' ? delay : constantly(delay),
        stopIf: options.stopIf,
        discard: discarding(options.disposeResult),
      },
      budget: budget === false ? undefined : budget,
      clock: deps.clock ?? systemClock,
      listeners,
    };
  }

  execute<T>(operation: Operation<T>, options?: CallOptions): Promise<T> {
    return executeUnder(this, operation, options);
  }

  run<T>(call: Call<T>, next: Next): Promise<T> {
    if (call.aborted) return Promise.reject(call.abortReason);
    return new Promise<T>((resolve, reject) => {
      new HedgeRun(this.#core, call, next, resolve, reject).begin();
    });
  }

  /** Returns the function that unsubscribes. */
  subscribe(listener: Listener<HedgeEvent>): () => void {
    return this.#core.listeners.subscribe(listener);
  }
}

function constantly(delay: Duration): () => number {
  const delayMs = delay === Infinity ? delay : durationOption(owner, 'delay', delay);
  return () => delayMs;
}
