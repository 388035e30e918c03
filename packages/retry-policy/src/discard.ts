import { disposeValue } from './dispose-value.ts';

/** A result that nobody gets could not be disposed of; the call goes on. */
export interface DisposeFailed {
  readonly type: 'dispose-failed';
  readonly policy: string;
  readonly error: unknown;
}

export type DisposeResult = (result: unknown) => void | PromiseLike<void>;

export interface DisposeOptions {
  /** What becomes of a result that nobody gets. Default: its `Symbol.asyncDispose` or `Symbol.dispose`, if any. */
  readonly dispose?: DisposeResult;
}

/** The policy that throws a result away. */
export interface Discarder {
  readonly settings: { readonly name: string };
  readonly listeners: { emit(event: DisposeFailed): void } | undefined;
}

/**
 * Disposes of a result that nobody gets. What goes wrong there is heard by listeners and changes
 * nothing for the call; the promise, if any, never rejects.
 */
export type Discard = (result: unknown, policy: Discarder) => Promise<void> | undefined;

export function discarding(dispose: DisposeResult = disposeValue): Discard {
  return (result, { settings, listeners }) => {
    const failed = (error: unknown) => {
      listeners?.emit({ type: 'dispose-failed', policy: settings.name, error });
    };
    try {
      const disposed = dispose(result);
      return disposed === undefined ? undefined : Promise.resolve(disposed).then(undefined, failed);
    } catch (error) {
      failed(error);
      return undefined;
    }
  };
}
