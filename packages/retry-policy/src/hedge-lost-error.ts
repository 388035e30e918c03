/** Why a losing attempt's signal was aborted. By its name an AbortError, so that nobody retries it. */
export class HedgeLostError extends Error {
  override readonly name = 'AbortError';
  readonly code = 'HEDGE_LOST';
  readonly policy: string;

  constructor(policy: string) {
    super(`${policy}: another attempt was faster`);
    this.policy = policy;
  }
}
