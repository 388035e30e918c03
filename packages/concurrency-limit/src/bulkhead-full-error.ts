import { RejectionError } from '@chimera/policy';
import type { RefusalReason } from './limit-event.ts';

/**
 * The bulkhead did not run the call. When there will be room is not known, so `retryAfterMs` is
 * undefined.
 */
export class BulkheadFullError extends RejectionError {
  override readonly name = 'BulkheadFullError';
  readonly code = 'BULKHEAD_FULL';
  /** The name of the bulkhead that refused. */
  readonly bulkhead: string;
  readonly reason: RefusalReason;

  constructor(bulkhead: string, reason: RefusalReason, inFlight: number, queued: number) {
    super(
      `Bulkhead "${bulkhead}": ${reason}, ${inFlight} running and ${queued} waiting; call again when fewer wait`,
    );
    this.bulkhead = bulkhead;
    this.reason = reason;
  }
}
