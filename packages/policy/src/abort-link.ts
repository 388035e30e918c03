export type AbortListener = (reason: unknown) => void;

/** What can abort a call from above: the call that it belongs to, or the caller's signal. */
export type Upstream = AbortSignal | CallAbove;

interface CallAbove {
  readonly aborted: boolean;
  readonly abortReason: unknown;
  onAbort(listener: AbortListener): () => void;
}

/**
 * The abort side of one call, made when somebody first looks: most calls never need it. It hangs
 * on what is above only while there is a signal or a listener to tell.
 */
export class AbortLink {
  #upstream: Upstream | undefined;
  #isAborted = false;
  #reason: unknown = undefined;
  #controller: AbortController | undefined = undefined;
  #listeners: Set<AbortListener> | undefined = undefined;
  #unlink: (() => void) | undefined = undefined;

  constructor(upstream: Upstream | undefined) {
    this.#upstream = upstream;
  }

  get aborted(): boolean {
    return this.#isAborted || this.#upstream?.aborted === true;
  }

  get reason(): unknown {
    return this.#isAborted ? this.#reason : reasonOf(this.#upstream);
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.aborted) this.#controller.abort(this.reason);
      else this.#link();
    }
    return this.#controller.signal;
  }

  onAbort(listener: AbortListener): () => void {
    if (this.aborted) {
      listener(this.reason);
      return nothing;
    }
    // An entry of its own, so that a listener added twice is called twice.
    const entry: AbortListener = (reason) => listener(reason);
    this.#listeners ??= new Set();
    this.#listeners.add(entry);
    this.#link();
    return () => {
      this.#listeners?.delete(entry);
      if (this.#listeners?.size === 0 && this.#controller === undefined) this.#cut();
    };
  }

  abort(reason: unknown): void {
    if (!this.aborted) this.#fall(reason);
  }

  release(): void {
    if (this.aborted) this.#fall(this.reason);
    this.#cut();
    this.#upstream = undefined;
  }

  #fall(reason: unknown): void {
    if (this.#isAborted) return;
    this.#isAborted = true;
    this.#reason = reason;
    this.#cut();
    this.#controller?.abort(reason);
    const listeners = this.#listeners;
    this.#listeners = undefined;
    if (listeners !== undefined) for (const listener of listeners) listener(reason);
  }

  #link(): void {
    const upstream = this.#upstream;
    if (upstream === undefined || this.#unlink !== undefined) return;
    if ('onAbort' in upstream) {
      this.#unlink = upstream.onAbort((reason) => this.#fall(reason));
    } else {
      const fall = () => this.#fall(upstream.reason);
      upstream.addEventListener('abort', fall, { once: true });
      this.#unlink = () => upstream.removeEventListener('abort', fall);
    }
  }

  #cut(): void {
    this.#unlink?.();
    this.#unlink = undefined;
  }
}

export function reasonOf(upstream: Upstream | undefined): unknown {
  if (upstream === undefined) return undefined;
  return 'onAbort' in upstream ? upstream.abortReason : upstream.reason;
}

function nothing(): void {}
