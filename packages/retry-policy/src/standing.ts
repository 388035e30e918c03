import type { Call } from '@chimera/policy';
import type { Failure } from './decide.ts';
import type { RetryCore } from './retry-core.ts';

/** How an attempt ended. */
export type Outcome<T> =
  | { readonly threw: true; readonly error: unknown }
  | { readonly threw: false; readonly error: undefined; readonly result: T };

/** Where a call stands; changed from attempt to attempt, so that a decision needs no new record. */
export type Standing = { -readonly [Field in keyof Failure]: Failure[Field] } & {
  retries: number;
  waitedMs: number;
};

export function newStanding({ random }: RetryCore): Standing {
  return { error: undefined, retries: 0, elapsedMs: 0, waitedMs: 0, random };
}

/** Notes what the decision is made on. */
export function observe(
  { settings, clock }: RetryCore,
  { deadline }: Call<unknown>,
  startedAt: number,
  outcome: Outcome<unknown>,
  standing: Standing,
): void {
  standing.error = outcome.error;
  standing.isResult = !outcome.threw;
  if (settings.maxElapsedMs < Infinity) standing.elapsedMs = clock.monotonic() - startedAt;
  if (deadline !== undefined) standing.remainingMs = deadline - clock.monotonic();
  if (settings.delayHint !== undefined) {
    const heard = outcome.threw ? outcome.error : outcome.result;
    standing.hintMs = settings.delayHint(heard, clock.now());
  }
}
