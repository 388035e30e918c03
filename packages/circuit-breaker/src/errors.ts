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
    super(
      retryAfterMs === undefined
        ? `Circuit "${breaker}" is ${status}; it is held open by hand`
        : `Circuit "${breaker}" is ${status}; retry in ${retryAfterMs} ms`,
      retryAfterMs,
    );
    this.breaker = breaker;
  }
}

/** What an error is, less the stack: of a refusal it shows only who was refused, and it costs a hundred times the rest. */
class Unstacked {
  readonly stack: string;
  readonly message: string;
  readonly retryAfterMs: number | undefined;
  readonly isRejection = true;

  constructor(message: string, retryAfterMs: number | undefined) {
    this.stack = `CircuitOpenError: ${message}`;
    this.message = message;
    this.retryAfterMs = retryAfterMs;
  }
}

// super() now runs Unstacked's constructor; `instanceof RejectionError` and `instanceof Error` go by
// the prototypes of instances and hold.
Object.setPrototypeOf(CircuitOpenError, Unstacked);
