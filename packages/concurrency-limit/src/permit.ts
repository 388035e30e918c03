/** The right to do one thing at a time. Work that has timed out holds it until it has really ended. */
export interface Permit extends Disposable {
  /** Gives the permit back; later calls change nothing. */
  release(): void;
  /** The same as {@link release}: `using permit = bulkhead.tryAcquire()` cannot leak. */
  [Symbol.dispose](): void;
}

export class HeldPermit implements Permit {
  #leave: (() => void) | undefined;

  constructor(leave: () => void) {
    this.#leave = leave;
  }

  release(): void {
    const leave = this.#leave;
    this.#leave = undefined;
    leave?.();
  }

  [Symbol.dispose](): void {
    this.release();
  }
}
