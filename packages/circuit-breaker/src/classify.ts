import { guarded, isRejection } from '@chimera/policy';
import type { Verdict } from './circuit-state.ts';

/** Says what an error, or a result, tells of the health of what was called. */
export type Classify = (evidence: unknown) => Verdict;

/** How a call ended: with a result or an error that is still to be classified, or with the verdict. */
export type Word = 'result' | 'error' | Verdict;

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

/** An error's own `retryAfterMs`, if it has one: 10 minutes at most. */
export function retryAfterOf(evidence: unknown): number | undefined {
  const ms = (evidence as Evidence)?.retryAfterMs;
  return typeof ms === 'number' ? Math.min(ms, 600_000) : undefined;
}

/** The functions of the options that judge calls. */
export interface Judgement {
  readonly classifyError: Classify;
  readonly classifyResult: Classify | undefined;
  readonly retryAfter: (evidence: unknown) => number | undefined;
}

export function verdictOf(word: Word, evidence: unknown, judgement: Judgement): Verdict {
  const { classifyError, classifyResult } = judgement;
  if (word === 'error') return guarded(classifyError, evidence) ?? 'failure';
  if (word !== 'result') return word;
  return (classifyResult && guarded(classifyResult, evidence)) ?? 'success';
}

/** What a function of the options says in ms; undefined when it is nothing that one can wait for. */
export function msFrom<Input>(
  decide: (input: Input) => number | undefined,
  input: Input,
): number | undefined {
  const ms = guarded(decide, input) ?? -1;
  // Finite, so that a snapshot survives JSON: 31,000 years.
  return ms >= 0 ? Math.min(ms, 1e15) : undefined;
}
