import type { RetryCore } from './retry-core.ts';

/**
 * Disposes of a result that nobody gets. What goes wrong there is heard by listeners and changes
 * nothing for the call; the promise, if any, never rejects.
 */
export function discard(core: RetryCore, value: unknown): Promise<void> | undefined {
  const failed = (error: unknown) => {
    core.listeners.emit({ type: 'dispose-failed', policy: core.settings.name, error });
  };
  try {
    const disposed = core.settings.disposeResult(value);
    return disposed === undefined ? undefined : Promise.resolve(disposed).then(undefined, failed);
  } catch (error) {
    failed(error);
    return undefined;
  }
}
