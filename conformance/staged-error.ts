/** What an operation of a scenario fails with. */
export class StagedError extends Error {
  readonly code: string;
  /** As of an HTTP response. */
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: string, headers: Readonly<Record<string, string>> = {}) {
    super(`the operation failed: ${code}`);
    this.code = code;
    this.headers = headers;
  }
}

export function isExcluded(error: unknown): boolean {
  return error instanceof StagedError && error.code === 'EXCLUDED';
}

export function isThrottled(error: unknown): boolean {
  return error instanceof StagedError && error.code === 'THROTTLED';
}

/** As a platform's own aborts are, by name. */
export function isAbortError(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError';
}

/** Looks like a failure of the network, but somebody gave up. */
export function abortByNetwork(): Error {
  const cause = Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
  return Object.assign(new Error('the operation was aborted', { cause }), { name: 'AbortError' });
}
