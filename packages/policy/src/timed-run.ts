import type { Call } from './call.ts';
import type { TimeoutError } from './timeout-error.ts';

/**
 * One call under a time limit, and its place in the queue of those that run. It serves another
 * call after that: its functions, made once, cost more than all the rest of a call under a limit.
 */
export class TimedRun {
  call: Call<unknown> | undefined = undefined;
  /** Monotonic, ms. */
  dueAt = 0;
  timeout: TimeoutError | undefined = undefined;
  isQueued = false;
  before: TimedRun | undefined = undefined;
  after: TimedRun | undefined = undefined;
  #resolve: ((value: unknown) => void) | undefined = undefined;
  #reject: ((error: unknown) => void) | undefined = undefined;
  readonly #settled: (run: TimedRun) => void;
  readonly #aborted: (run: TimedRun, reason: unknown) => void;
  readonly #failureOf: (error: unknown, timeout: TimeoutError | undefined) => unknown;

  /**
   * @param settled is told when the operation has settled, however late.
   * @param aborted is told when the call is aborted, by whomever.
   * @param failureOf what the run rejects with when the operation does.
   */
  constructor(
    settled: (run: TimedRun) => void,
    aborted: (run: TimedRun, reason: unknown) => void,
    failureOf: (error: unknown, timeout: TimeoutError | undefined) => unknown,
  ) {
    this.#settled = settled;
    this.#aborted = aborted;
    this.#failureOf = failureOf;
  }

  /** For `new Promise`: the result of the run. */
  readonly open = (resolve: (value: never) => void, reject: (error: unknown) => void): void => {
    this.#resolve = resolve as (value: unknown) => void;
    this.#reject = reject;
  };

  readonly onResult = (value: unknown): void => {
    const resolve = this.#resolve;
    this.#end();
    resolve?.(value);
  };

  readonly onError = (error: unknown): void => {
    const reject = this.#reject;
    const failure = this.#failureOf(error, this.timeout);
    this.#end();
    reject?.(failure);
  };

  /** Called when the call is aborted from above, or struck. */
  readonly onAbort = (reason: unknown): void => this.#aborted(this, reason);

  /** Settles the run before its operation. */
  giveUp(error: unknown): void {
    this.#reject?.(error);
  }

  #end(): void {
    this.#settled(this);
    this.#resolve = undefined;
    this.#reject = undefined;
    this.call = undefined;
    this.timeout = undefined;
  }
}
