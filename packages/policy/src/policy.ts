import { Call } from './call.ts';
import type { CallOptions, Operation } from './operation.ts';

/** What stands below a policy: the next policy of a pipeline, or the operation itself. */
export type Next = <T>(call: Call<T>) => Promise<T>;

/**
 * A rule for running an operation: once, several times, later, or not at all. `Alternative` is what
 * it may answer in place of the operation's result; `never` for every policy but a fallback.
 */
export interface Policy<Alternative = never> {
  /** Runs the operation under this policy. Never throws; every refusal is a rejection. */
  execute<T>(operation: Operation<T>, options?: CallOptions): Promise<T | Alternative>;
  /** The composable half, for `pipeline()`: runs `next` under this policy. */
  run<T>(call: Call<T>, next: Next): Promise<T | Alternative>;
}

/**
 * The bottom of every pipeline: calls the operation, and turns what it throws into a rejection. An
 * aborted call never calls its operation.
 */
export const invoke: Next = (call) => {
  if (call.aborted) return Promise.reject(call.abortReason);
  try {
    return Promise.resolve(call.operation(call));
  } catch (error) {
    return Promise.reject(error);
  }
};

/**
 * Starts an operation under a policy: every policy's `execute`. An abort of the caller's signal
 * rejects at once with its reason, whatever the operation does; the listener on the signal is
 * removed when the execution settles.
 */
export function executeUnder<T, Alternative = never>(
  policy: Pick<Policy<NoInfer<Alternative>>, 'run'>,
  operation: Operation<T>,
  options: CallOptions | undefined,
): Promise<T | Alternative> {
  const call = new Call(operation, 1, options?.deadline, options?.signal, undefined, options?.key);
  return start<T, Alternative>(policy, call);
}

/** Runs a call that no policy has seen yet. */
export function start<T, Alternative>(
  policy: Pick<Policy<Alternative>, 'run'>,
  call: Call<T>,
): Promise<T | Alternative> {
  if (!call.isAbortable) return runSafely<T, Alternative>(policy, call);
  if (call.aborted) return Promise.reject(call.abortReason);
  return new Promise<T | Alternative>((resolve, reject) => {
    call.onAbort(reject);
    runSafely<T, Alternative>(policy, call)
      .finally(() => call.release())
      .then(resolve, reject);
  });
}

function runSafely<T, Alternative>(
  policy: Pick<Policy<Alternative>, 'run'>,
  call: Call<T>,
): Promise<T | Alternative> {
  try {
    return policy.run(call, invoke);
  } catch (error) {
    return Promise.reject(error);
  }
}
