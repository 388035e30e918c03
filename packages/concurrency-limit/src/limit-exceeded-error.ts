import { RejectionError } from '@chimera/policy';
import type { RefusalReason } from './limit-event.ts';

/** As many calls run as the limit found so far allows. When there will be room is not known. */
export class LimitExceededError extends RejectionError {
  override readonly name = 'LimitExceededError';
  readonly code = 'LIMIT_EXCEEDED';
  /** The name of the adaptive limit that refused. */
  readonly limiter: string;
  readonly reason: RefusalReason;

  constructor(limiter: string, reason: RefusalReason, inFlight: number, queued: number) {
    super(
      `Adaptive limit "${limiter}": ${reason}, ${inFlight} running and ${queued} waiting; call again when fewer run`,
    );
    this.limiter = limiter;
    this.reason = reason;
  }
}
