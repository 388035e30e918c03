import { RejectionError } from '@chimera/policy';

/** The rate limit did not run the call. `retryAfterMs` is when one would be accepted, rounded up. */
export class RateLimitedError extends RejectionError {
  override readonly name = 'RateLimitedError';
  readonly code = 'RATE_LIMITED';
  override readonly retryAfterMs: number;
  /** The name of the rate limit that refused. */
  readonly limit: string;

  constructor(limit: string, retryAfterMs: number) {
    super(`Rate limit "${limit}" is used up; retry in ${retryAfterMs} ms`, retryAfterMs);
    this.retryAfterMs = retryAfterMs;
    this.limit = limit;
  }
}
