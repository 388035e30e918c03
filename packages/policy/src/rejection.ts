/**
 * A policy refused to run the operation: the operation was not called, so this says nothing about
 * the health of what it calls. Test `code`, or {@link isRejection}, rather than the class.
 */
export abstract class RejectionError extends Error {
  abstract readonly code: string;
  /** Marks refusals across copies of this package. */
  readonly isRejection: true = true;
  /** How long to wait before trying again, in ms; undefined when unknown. */
  readonly retryAfterMs: number | undefined;

  constructor(message: string, retryAfterMs?: number) {
    super(message);
    this.retryAfterMs = retryAfterMs;
  }
}

/** True for every refusal of a Chimera policy, also of another copy of this package. */
export function isRejection(error: unknown): error is RejectionError {
  return (error as Partial<RejectionError> | null | undefined)?.isRejection === true;
}
