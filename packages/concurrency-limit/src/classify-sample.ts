import { isRejection } from '@chimera/policy';

/**
 * What a call says about the load: `measured` by its time; `dropped` when it came to nothing because
 * of the load; `ignored` when its time says nothing.
 */
export type SampleVerdict = 'measured' | 'dropped' | 'ignored';

/** What an error counts as unless told otherwise: a timeout is a drop, the others end early or late for reasons of their own. */
export function classifyDrop(error: unknown): SampleVerdict {
  return isTimeout(error) ? 'dropped' : 'ignored';
}

/** Refusals by a policy below count for nothing whatever `classify` says: nothing was called. */
export function verdictOfError(
  error: unknown,
  classify: (error: unknown) => SampleVerdict,
): SampleVerdict {
  return isRejection(error) ? 'ignored' : classify(error);
}

/** Also that of `AbortSignal.timeout()`. */
function isTimeout(error: unknown): boolean {
  return error instanceof Error && error.name === 'TimeoutError';
}
