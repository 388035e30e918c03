import { Call, type CallOptions, type Operation } from './call.ts';

/** What stands below a policy: the next policy of a pipeline, or the operation itself. */
export type Next = <T>(call: Call<T>) => Promise<T>;

/** A rule for running an operation: once, several times, later, or not at all. */
export interface Policy {
  /** Runs the operation under this policy. Never throws; every refusal is a rejection. */
  execute<T>(operation: Operation<T>, options?: CallOptions): Promise<T>;
  /** The composable half, for `pipeline()`: runs `next` under this policy. */
  run<T>(call: Call<T>, next: Next): Promise<T>;
}

/** The bottom of every pipeline: calls the operation, and turns what it throws into a rejection. */
export const invoke: Next = (call) => {
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
export function executeUnder<T>(
  policy: Pick<Policy, 'run'>,
  operation: Operation<T>,
  options: CallOptions | undefined,
): Promise<T> {
  const signal = options?.signal;
  const call = new Call<T>(operation, 1, options?.deadline, signal, undefined);
  return signal === undefined ? policy.run(call, invoke) : abortable(call, policy);
}

function abortable<T>(call: Call<T>, policy: Pick<Policy, 'run'>): Promise<T> {
  if (call.aborted) return Promise.reject(call.abortReason);
  return new Promise<T>((resolve, reject) => {
    call.onAbort(reject);
    policy.run(call, invoke).then(
      (value) => {
        call.release();
        resolve(value);
      },
      (error: unknown) => {
        call.release();
        reject(error);
      },
    );
  });
}
