import type { Call } from './call.ts';
import { errorText } from './error-text.ts';
import { type Listener, Listeners } from './listeners.ts';
import type { CallContext, CallOptions, Operation } from './operation.ts';
import { refuseOption } from './option-rules.ts';
import { executeUnder, type Next, type Policy } from './policy.ts';

export interface FallbackOptions<Alternative> {
  /** Gives the answer in place of the one that failed. What it throws is the result then. */
  readonly to: (error: unknown, context: CallContext) => Alternative | PromiseLike<Alternative>;
  /** Which errors are answered. Default: all. */
  readonly when?: (error: unknown) => boolean;
  /** Named in events and reports. Default 'fallback'. */
  readonly name?: string;
}

/** A call failed, and is answered by the fallback. */
export interface FallbackEvent {
  readonly type: 'fell-back';
  readonly policy: string;
  readonly error: unknown;
}

export interface FallbackDeps {
  /** Subscribed from the start. */
  readonly onEvent?: Listener<FallbackEvent>;
}

/** Answers for an operation that failed. A call that its caller aborted is not answered. */
export class Fallback<Alternative> implements Policy<Alternative> {
  readonly #name: string;
  readonly #to: FallbackOptions<Alternative>['to'];
  readonly #when: ((error: unknown) => boolean) | undefined;
  readonly #listeners: Listeners<FallbackEvent> = new Listeners();

  /** @throws RangeError for a wrong option. */
  constructor(options: FallbackOptions<Alternative>, deps: FallbackDeps = {}) {
    const { name = 'fallback', to, when } = options;
    // Found out only when a call fails, it would take the place of that call's error.
    if (typeof to !== 'function') refuseOption('fallback', 'to', 'a function', to);
    if (when !== undefined && typeof when !== 'function') {
      refuseOption('fallback', 'when', 'a function', when);
    }
    this.#name = name;
    this.#to = to;
    this.#when = when;
    if (deps.onEvent !== undefined) this.#listeners.subscribe(deps.onEvent);
  }

  execute<T>(operation: Operation<T>, options?: CallOptions): Promise<T | Alternative> {
    return executeUnder<T, Alternative>(this, operation, options);
  }

  run<T>(call: Call<T>, next: Next): Promise<T | Alternative> {
    return next(call).then(undefined, (error: unknown) => this.#answer(call, error));
  }

  /** Returns the function that unsubscribes. */
  subscribe(listener: Listener<FallbackEvent>): () => void {
    return this.#listeners.subscribe(listener);
  }

  #answer(call: Call<unknown>, error: unknown): Alternative | PromiseLike<Alternative> {
    if (call.aborted || this.#when?.(error) === false) throw error;
    call.trail?.push({ policy: this.#name, action: 'fallback', reason: errorText(error) });
    if (this.#listeners.isHeard) {
      this.#listeners.emit({ type: 'fell-back', policy: this.#name, error });
    }
    return this.#to(error, call);
  }
}
