import { guarded, isRejection } from '@chimera/policy';
import type { Verdict } from './circuit-state.ts';

/** Says what an error, or a result, tells of the health of what was called. */
export type Classify = (evidence: unknown) => Verdict;

/** How a call ended: with a result or an error that is still to be classified, or with the verdict. */
export type Word = 'result' | 'error' | Verdict;

export type Settle = (word: Word, evidence: unknown) => void;

/** What may have been thrown, or returned. */
type Evidence = { readonly name?: unknown; readonly retryAfterMs?: unknown } | null | undefined;

/**
 * What an error counts as unless told otherwise: refusals by a policy below (nothing was called)
 * and aborts (the caller gave up) are ignored; everything else, a timeout included, is a failure.
 */
export function classifyError(error: unknown): Verdict {
  return isRejection(error) || (error as Evidence)?.name === 'AbortError' ? 'ignored' : 'failure';
}

/** What an aborted call counts as, whatever it came to: only an abort by a timeout tells of what was called. */
export function classifyAbort(reason: unknown): Verdict {
  return (reason as Evidence)?.name === 'TimeoutError' ? 'failure' : 'ignored';
}

/** An error's own `retryAfterMs`, if it has one. */
export function retryAfterOf(evidence: unknown): unknown {
  return (evidence as Evidence)?.retryAfterMs;
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
  if (word === 'error') return guarded(classifyError, evidence) ?? 'failure';
  if (word !== 'result') return word;
  return (classifyResult && guarded(classifyResult, evidence)) ?? 'success';
}

/** How long, in ms, the evidence asks to be left alone, if it does. */
export function hintOf(evidence: unknown, judgement: Judgement): number | undefined {
  const ms = guarded(judgement.retryAfter, evidence);
  return typeof ms === 'number' && ms >= 0
    ? Math.min(ms, judgement.longestRetryAfterMs)
    : undefined;
}
