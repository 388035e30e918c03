import { isRejection } from '@chimera/policy';
import type { Verdict } from './circuit-state.ts';

/** Says what an error, or a result, tells of the health of what was called. */
export type Classify = (evidence: unknown) => Verdict;

/**
 * What an error counts as unless told otherwise: refusals by a policy below (nothing was called)
 * and aborts (the caller gave up) are ignored; everything else, a timeout included, is a failure.
 */
export function classifyError(error: unknown): Verdict {
  return isRejection(error) || nameOf(error) === 'AbortError' ? 'ignored' : 'failure';
}

/** What an aborted call counts as, whatever it came to: only an abort by a timeout tells of what was called. */
export function classifyAbort(reason: unknown): Verdict {
  return nameOf(reason) === 'TimeoutError' ? 'failure' : 'ignored';
}

/** An error's own `retryAfterMs`, if it has one. */
export function retryAfterOf(evidence: unknown): unknown {
  return typeof evidence === 'object' && evidence !== null && 'retryAfterMs' in evidence
    ? evidence.retryAfterMs
    : undefined;
}

function nameOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'name' in error ? error.name : undefined;
}
