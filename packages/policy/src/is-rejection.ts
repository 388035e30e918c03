import type { RejectionError } from './rejection.ts';

/** True for every refusal of a Chimera policy, also of another copy of this package. */
export function isRejection(error: unknown): error is RejectionError {
  return (error as Partial<RejectionError> | null | undefined)?.isRejection === true;
}
