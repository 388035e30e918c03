import { isRejection } from '@chimera/policy';
import type { Verdict } from './circuit-state.ts';
import { guarded } from './guarded.ts';
import type { Word } from './permit.ts';

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

/** The functions of the options that judge calls. */
export interface Judgement {
  readonly classifyError: Classify;
  readonly classifyResult: Classify | undefined;
  readonly retryAfter: (evidence: unknown) => unknown;
  readonly longestRetryAfterMs: number;
}

export function verdictOf(word: Word, evidence: unknown, judgement: Judgement): Verdict {
  const { classifyError, classifyResult } = judgement;
  if (word === 'error') return guarded(classifyError, evidence, 'failure');
  if (word !== 'result') return word;
  return classifyResult === undefined ? 'success' : guarded(classifyResult, evidence, 'success');
}

/** How long, in ms, the evidence asks to be left alone, if it does. */
export function hintOf(
  evidence: unknown,
  { retryAfter, longestRetryAfterMs }: Judgement,
): number | undefined {
  const ms = guarded(retryAfter, evidence, undefined);
  return typeof ms === 'number' && ms >= 0 ? Math.min(ms, longestRetryAfterMs) : undefined;
}

function nameOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'name' in error ? error.name : undefined;
}
