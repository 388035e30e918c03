import { Call, type Operation } from '@chimera/policy';

/** A call that somebody above can abort, and that counts who listens to it. */
export class WatchedCall<T> extends Call<T> {
  listening = 0;

  constructor(operation: Operation<T>) {
    super(operation, 1, undefined, new AbortController().signal, undefined);
  }

  override onAbort(listener: (reason: unknown) => void): () => void {
    const unlisten = super.onAbort(listener);
    this.listening += 1;
    return () => {
      this.listening -= 1;
      unlisten();
    };
  }
}
