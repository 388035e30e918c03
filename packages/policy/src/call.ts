import { AbortLink, type AbortListener, reasonOf, type Upstream } from './abort-link.ts';
import type { Decision } from './decision.ts';
import type { CallContext, Operation } from './operation.ts';

/**
 * One run of an operation on its way through the policies. The signal, and the link to the
 * caller's signal, exist only once somebody looks: an AbortController costs more than everything
 * else a policy does.
 */
export class Call<T> implements CallContext {
  readonly operation: Operation<T>;
  readonly attempt: number;
  readonly deadline: number | undefined;
  /**
   * Where policies note what they decide, before they act on it and only while the call is not
   * aborted; undefined unless the call is to be explained (see `safe`).
   */
  readonly trail: Decision[] | undefined;
  /** What is asked for, as the caller named it; undefined when it did not. */
  readonly key: string | undefined;
  #upstream: Upstream | undefined;
  #link: AbortLink | undefined = undefined;

  constructor(
    operation: Operation<T>,
    attempt: number,
    deadline: number | undefined,
    upstream: Upstream | undefined,
    trail: Decision[] | undefined,
    key?: string,
  ) {
    this.operation = operation;
    this.attempt = attempt;
    this.deadline = deadline;
    this.trail = trail;
    this.key = key;
    this.#upstream = upstream;
  }

  /**
   * A call of its own within this one: it can be aborted alone, and falls with this one. Whoever
   * makes a child of a call that lives on calls the child's {@link release} when it has settled.
   */
  child(attempt: number = this.attempt, deadline: number | undefined = this.deadline): Call<T> {
    return new Call(this.operation, attempt, deadline, this, this.trail, this.key);
  }

  get signal(): AbortSignal {
    return this.#linked.signal;
  }

  get aborted(): boolean {
    return this.#link === undefined ? this.#upstream?.aborted === true : this.#link.aborted;
  }

  get abortReason(): unknown {
    return this.#link === undefined ? reasonOf(this.#upstream) : this.#link.reason;
  }

  /**
   * False when nothing can abort this call: then there is no abort to listen for or to tell from a
   * failure. A call without a signal is not abortable; a child always is, by whoever made it.
   */
  get isAbortable(): boolean {
    return this.#upstream !== undefined;
  }

  /**
   * Calls back once, when this call or one above it is aborted; at once when it already is.
   * Returns the function that stops listening.
   */
  onAbort(listener: AbortListener): () => void {
    return this.#linked.onAbort(listener);
  }

  /** Aborts this call and those below it, never the one above. The first reason stays. */
  abort(reason: unknown): void {
    this.#linked.abort(reason);
  }

  /**
   * Says that the call has settled: it forgets what is above it, so that a later abort from there
   * does not reach it any more.
   */
  release(): void {
    if (this.#link !== undefined) this.#link.release();
    else if (this.#upstream?.aborted !== true) this.#upstream = undefined;
  }

  get #linked(): AbortLink {
    this.#link ??= new AbortLink(this.#upstream);
    return this.#link;
  }
}
