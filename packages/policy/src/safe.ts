import { Call } from './call.ts';
import type { Decision } from './decision.ts';
import type { CallOptions, Operation } from './operation.ts';
import type { AlternativeOf } from './pipeline.ts';
import { type Policy, start } from './policy.ts';
import { type Report, reportOf } from './report.ts';

export type Outcome<T> =
  | { readonly ok: true; readonly value: T; readonly report: Report }
  | { readonly ok: false; readonly error: unknown; readonly report: Report };

/**
 * Runs an operation under a policy and tells how it went, with what the policies decided on the
 * way. Never rejects. The record is kept for calls made in this way only; others pay nothing.
 */
export function safe<T, P extends Policy<unknown>>(
  policy: P,
  operation: Operation<T>,
  options: CallOptions = {},
): Promise<Outcome<T | AlternativeOf<P>>> {
  const trail: Decision[] = [];
  let attempts = 0;
  const counted: Operation<T> = (context) => {
    attempts += 1;
    return operation(context);
  };
  const { deadline, signal, key } = options;
  const call = new Call(counted, 1, deadline, signal, trail, key);
  type Answer = T | AlternativeOf<P>;
  const result = start<T, AlternativeOf<P>>(policy, call);
  return result.then<Outcome<Answer>, Outcome<Answer>>(
    (value) => ({ ok: true, value, report: reportOf(trail, attempts, 'returned') }),
    (error: unknown) => ({
      ok: false,
      error,
      report: reportOf(trail, attempts, call.aborted ? 'aborted' : 'failed'),
    }),
  );
}
