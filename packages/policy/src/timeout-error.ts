/** No result came in time. The operation was called, so it may have had its effect. */
export class TimeoutError extends Error {
  override readonly name = 'TimeoutError';
  readonly code = 'TIMEOUT';
  /** The name of the policy that struck. */
  readonly policy: string;
  readonly timeoutMs: number;

  constructor(policy: string, timeoutMs: number, options?: ErrorOptions) {
    super(`${policy}: no result within ${timeoutMs} ms`, options);
    this.policy = policy;
    this.timeoutMs = timeoutMs;
  }
}
