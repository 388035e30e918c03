import { RejectionError } from '@chimera/policy';

/**
 * The breaker refused the call. `retryAfterMs` says when a call may be admitted again, rounded up;
 * undefined while the circuit is held open by hand.
 */
export class CircuitOpenError extends RejectionError {
  override readonly name: string = 'CircuitOpenError';
  override readonly code = 'CIRCUIT_OPEN' as const;
  /** The name of the breaker that refused. */
  readonly breaker: string;

  constructor(breaker: string, status: string, retryAfterMs: number | undefined) {
    const remedy =
      retryAfterMs === undefined ? 'it is held open by hand' : `retry in ${retryAfterMs} ms`;
    super(`Circuit "${breaker}" is ${status}; ${remedy}`, retryAfterMs);
    this.breaker = breaker;
  }
}
