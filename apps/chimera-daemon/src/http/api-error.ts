/** An answer other than success: HTTP status, machine-readable code, one sentence with the remedy. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly statusCode: number;
  readonly code: string;
  /** When to ask again, if that is known. */
  readonly retryAfterMs: number | undefined;

  constructor(statusCode: number, code: string, message: string, retryAfterMs?: number) {
    super(message);
    this.retryAfterMs = retryAfterMs;
    this.statusCode = statusCode;
    this.code = code;
  }
}
