/** A result that nobody gets could not be disposed of; the call goes on. */
export interface DisposeFailed {
  readonly type: 'dispose-failed';
  readonly policy: string;
  readonly error: unknown;
}

export type DisposeResult = (result: unknown) => void | PromiseLike<void>;

export interface Disposer {
  readonly settings: { readonly name: string; readonly disposeResult: DisposeResult };
  readonly listeners: { emit(event: DisposeFailed): void };
}

/**
 * Disposes of a result that nobody gets. What goes wrong there is heard by listeners and changes
 * nothing for the call; the promise, if any, never rejects.
 */
export function discard(
  { settings, listeners }: Disposer,
  result: unknown,
): Promise<void> | undefined {
  const failed = (error: unknown) => {
    listeners.emit({ type: 'dispose-failed', policy: settings.name, error });
  };
  try {
    const disposed = settings.disposeResult(result);
    return disposed === undefined ? undefined : Promise.resolve(disposed).then(undefined, failed);
  } catch (error) {
    failed(error);
    return undefined;
  }
}
