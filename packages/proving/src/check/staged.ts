/** An error that an operation of a test throws. */
export class StagedError extends Error {
  override readonly name: string;
  /** How long the dependency asks to be left alone, in ms. */
  readonly retryAfterMs?: number;

  constructor(of: string, isExcluded: boolean, hintMs: number | undefined) {
    super(`${of} fails`);
    // Whoever gives up says nothing of what was called: the field's name for it.
    this.name = isExcluded ? 'AbortError' : 'StagedError';
    if (hintMs !== undefined) this.retryAfterMs = hintMs;
  }
}

/** True for the errors that say nothing of what was called, for policies that are told which those are. */
export function isExcluded(error: unknown): boolean {
  return (error as Partial<Error> | null | undefined)?.name === 'AbortError';
}

/** What an operation of a test gives: an object, so that another one like it is not the same. */
export interface StagedResult {
  readonly of: string;
}
