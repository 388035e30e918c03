import { RejectionError } from '@chimera/policy';

/** How the specimens refuse. */
export class RefusedError extends RejectionError {
  override readonly name = 'RefusedError';
  readonly code = 'REFUSED';

  constructor(retryAfterMs?: number) {
    super('the specimen refuses', retryAfterMs);
  }
}
