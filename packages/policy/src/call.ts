/** What an operation is told about the call that runs it. */
export interface CallContext {
  /** Aborts when the caller gives up or a timeout strikes. Created when first read. */
  readonly signal: AbortSignal;
  /** Counts calls, not retries: the first is 1. */
  readonly attempt: number;
  /** Monotonic instant (the policy's clock, ms) after which the result is of no use; undefined when there is none. */
  readonly deadline: number | undefined;
}

export type Operation<T> = (context: CallContext) => T | PromiseLike<T>;

export interface CallOptions {
  /** Aborting it rejects the execution at once with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Monotonic instant in ms (`performance.now()` scale by default) by which the result is needed. */
  readonly deadline?: number;
}

/** One thing that a policy decided during a call, for {@link safe}'s report. */
export interface Decision {
  readonly policy: string;
  readonly action:
    'attempt' | 'wait' | 'stop' | 'reject' | 'timeout' | 'fallback' | 'hedge' | 'join';
  readonly reason: string;
  /** How long the policy waits because of it, in ms. */
  readonly delayMs?: number;
}

type AbortListener = (reason: unknown) => void;

/**
 * One run of an operation on its way through the policies. The signal, and the link to the
 * caller's signal, exist only once somebody looks: an AbortController costs more than everything
 * else a policy does.
 */
export class Call<T> implements CallContext {
  readonly operation: Operation<T>;
  readonly attempt: number;
  readonly deadline: number | undefined;
  /** Where decisions are noted; undefined unless the call is to be explained. */
  readonly trail: Decision[] | undefined;
  readonly #upstream: Call<T> | AbortSignal | undefined;
  #controller: AbortController | undefined = undefined;
  #listeners: Set<AbortListener> | undefined = undefined;
  #unlink: (() => void) | undefined = undefined;
  #own: { readonly reason: unknown } | undefined = undefined;

  constructor(
    operation: Operation<T>,
    attempt: number,
    deadline: number | undefined,
    upstream: Call<T> | AbortSignal | undefined,
    trail: Decision[] | undefined,
  ) {
    this.operation = operation;
    this.attempt = attempt;
    this.deadline = deadline;
    this.trail = trail;
    this.#upstream = upstream;
  }

  /** A call of its own within this one: it can be aborted alone, and falls with this one. */
  child(attempt: number = this.attempt, deadline: number | undefined = this.deadline): Call<T> {
    return new Call(this.operation, attempt, deadline, this, this.trail);
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.aborted) this.#controller.abort(this.abortReason);
      else this.#link();
    }
    return this.#controller.signal;
  }

  get aborted(): boolean {
    return this.#own !== undefined || (this.#upstream?.aborted ?? false);
  }

  get abortReason(): unknown {
    if (this.#own !== undefined) return this.#own.reason;
    return this.#upstream instanceof Call ? this.#upstream.abortReason : this.#upstream?.reason;
  }

  /** False when nothing above this call can abort it: then there is no abort to listen for. */
  get isAbortable(): boolean {
    return this.#upstream instanceof Call
      ? this.#upstream.isAbortable
      : this.#upstream !== undefined;
  }

  /** Calls back once, when this call or one above it is aborted. Returns the function that stops listening. */
  onAbort(listener: AbortListener): () => void {
    this.#listeners ??= new Set();
    this.#listeners.add(listener);
    this.#link();
    return () => {
      this.#listeners?.delete(listener);
    };
  }

  abort(reason: unknown): void {
    if (this.#own !== undefined) return;
    this.#own = { reason };
    this.release();
    this.#controller?.abort(reason);
    const listeners = this.#listeners;
    this.#listeners = undefined;
    if (listeners !== undefined) for (const listener of listeners) listener(reason);
  }

  /** Forgets the caller's signal: to be called when the call has settled. */
  release(): void {
    this.#unlink?.();
    this.#unlink = undefined;
  }

  #link(): void {
    const upstream = this.#upstream;
    if (upstream === undefined || this.#unlink !== undefined || this.#own !== undefined) return;
    if (upstream instanceof Call) {
      this.#unlink = upstream.onAbort((reason) => this.abort(reason));
    } else {
      const onAbort = () => this.abort(upstream.reason);
      upstream.addEventListener('abort', onAbort, { once: true });
      this.#unlink = () => upstream.removeEventListener('abort', onAbort);
    }
  }
}
