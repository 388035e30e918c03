import type { Decision } from './decision.ts';
import type { CallContext, Operation } from './operation.ts';

export type AbortListener = (reason: unknown) => void;

/** What can abort a call from above: the call that it belongs to, or the caller's signal. */
export type Upstream = AbortSignal | CallAbove;

interface CallAbove {
  readonly aborted: boolean;
  readonly abortReason: unknown;
  onAbort(listener: AbortListener): () => void;
}

/**
 * One run of an operation on its way through the policies. The signal exists only once somebody
 * looks, and the link to what is above only once there is somebody to tell: an AbortController
 * costs more than everything else a policy does.
 */
export class Call<T> implements CallContext {
  // `declare`: they are the constructor's to define, not to be defined twice.
  declare readonly operation: Operation<T>;
  declare readonly attempt: number;
  declare readonly deadline: number | undefined;
  /**
   * Where policies note what they decide, before they act on it and only while the call is not
   * aborted; undefined unless the call is to be explained (see `safe`).
   */
  declare readonly trail: Decision[] | undefined;
  /**
   * The caller's `key`. Under another name, as a context may be handed on as the options of a call
   * within: that asks for something else, and must not be taken for this one.
   */
  declare readonly askedFor: string | undefined;
  #above: Upstream | undefined;
  #end: { readonly reason: unknown } | undefined;
  #controller: AbortController | undefined;
  #listeners: Set<AbortListener> | undefined;
  #unlink: (() => void) | undefined;

  constructor(
    operation: Operation<T>,
    attempt: number,
    deadline: number | undefined,
    above: Upstream | undefined,
    trail: Decision[] | undefined,
    askedFor?: string,
  ) {
    this.operation = operation;
    this.attempt = attempt;
    this.deadline = deadline;
    this.trail = trail;
    this.askedFor = askedFor;
    this.#above = above;
  }

  /**
   * A call of its own within this one: it can be aborted alone, and falls with this one. Whoever
   * makes a child of a call that lives on calls the child's {@link release} when it has settled.
   */
  child(attempt: number = this.attempt, deadline: number | undefined = this.deadline): Call<T> {
    return new Call(this.operation, attempt, deadline, this, this.trail, this.askedFor);
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      const controller = new AbortController();
      this.#controller = controller;
      this.onAbort((reason) => controller.abort(reason));
    }
    return this.#controller.signal;
  }

  get aborted(): boolean {
    return this.#end !== undefined || this.#above?.aborted === true;
  }

  get abortReason(): unknown {
    const above = this.#above;
    if (this.#end !== undefined) return this.#end.reason;
    return above !== undefined && 'onAbort' in above ? above.abortReason : above?.reason;
  }

  /**
   * False when nothing can abort this call: then there is no abort to listen for or to tell from a
   * failure. A call without a signal is not abortable; a child always is, by whoever made it.
   */
  get isAbortable(): boolean {
    return this.#above !== undefined;
  }

  /**
   * Calls back once, when this call or one above it is aborted; at once when it already is. A
   * listener counts once, however often it is added. Returns the function that stops listening.
   */
  onAbort(listener: AbortListener): () => void {
    const listeners = (this.#listeners ??= new Set());
    if (this.aborted) {
      listener(this.abortReason);
    } else {
      listeners.add(listener);
      this.#unlink ??= this.#link();
    }
    return () => listeners.delete(listener);
  }

  /** Aborts this call and those below it, never the one above. The first reason stays. */
  abort(reason?: unknown): void {
    if (this.#end !== undefined) return;
    this.#end = { reason: this.aborted ? this.abortReason : reason };
    this.#unlink?.();
    this.#listeners?.forEach((listener) => listener(this.abortReason));
  }

  /**
   * Says that the call has settled: it forgets what is above it, so that a later abort from there
   * does not reach it any more.
   */
  release(): void {
    if (this.aborted) this.abort();
    this.#unlink?.();
    this.#above = undefined;
  }

  #link(): (() => void) | undefined {
    const above = this.#above;
    const fall = () => this.abort();
    if (above === undefined) return undefined;
    if ('onAbort' in above) return above.onAbort(fall);
    above.addEventListener('abort', fall);
    return () => above.removeEventListener('abort', fall);
  }
}
