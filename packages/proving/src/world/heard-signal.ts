/** An abort controller that knows who listens to its signal. */
export class HeardController extends AbortController {
  readonly #listeners: Set<unknown> = new Set();

  constructor() {
    super();
    const { signal } = this;
    const add = signal.addEventListener.bind(signal) as Listen;
    const remove = signal.removeEventListener.bind(signal) as Listen;
    // On this one signal only; the class that others use stays as it is.
    Object.assign(signal, {
      addEventListener: ((type, listener, options) => {
        if (type === 'abort' && !signal.aborted) this.#listeners.add(listener);
        add(type, listener, options);
      }) satisfies Listen,
      removeEventListener: ((type, listener, options) => {
        this.#listeners.delete(listener);
        remove(type, listener, options);
      }) satisfies Listen,
    });
  }

  /** Listeners that were added and not removed; none after an abort, which ends all listening. */
  get listeners(): number {
    return this.signal.aborted ? 0 : this.#listeners.size;
  }
}

type Listen = (type: string, listener: unknown, options?: unknown) => void;
