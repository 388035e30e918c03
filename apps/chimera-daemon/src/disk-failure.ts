import { StoreError, type StoreErrorCode } from '@chimera/workflow-store';

const ofDisks: ReadonlySet<StoreErrorCode> = new Set([
  'STORE_FULL',
  'STORE_READ_ONLY',
  'STORE_IO_ERROR',
]);

/** What the database's disk refused: it may go well at any time. */
export function isDiskFailure(error: unknown): boolean {
  return error instanceof StoreError && ofDisks.has(error.code);
}
