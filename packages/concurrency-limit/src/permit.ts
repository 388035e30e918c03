/** The right to do one thing at a time. Work that has timed out holds it until it has really ended. */
export interface Permit extends Disposable {
  /** Gives the permit back; later calls change nothing. */
  release(): void;
  /** The same as {@link release}: `using permit = bulkhead.tryAcquire()` cannot leak. */
  [Symbol.dispose](): void;
}

export function permitOf(leave: () => void): Permit {
  let isHeld = true;
  const release = () => {
    if (!isHeld) return;
    isHeld = false;
    leave();
  };
  return { release, [Symbol.dispose]: release };
}
