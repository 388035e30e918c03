import { Call, invoke, type Next, type Operation } from '@chimera/policy';
import { runSafely } from './run-safely.ts';

/** Called once the policies below have answered: with the error, if they failed. */
export type Answered = (hasFailed: boolean, error?: unknown) => void;

/** Where the permit of a run comes from. */
interface Permits {
  give(): void;
  leave(): void;
}

/**
 * Runs what is below and gives the permit back once everything that it started has settled. A policy
 * below may answer while the operation is still at work: a timeout does, and so does an abort. What
 * is limited is the work, so the answer alone frees nothing.
 */
export function heldRun<T>(
  call: Call<T>,
  next: Next,
  permits: Permits,
  answered: Answered | undefined,
): Promise<T> {
  let running = 1;
  const settle = () => {
    running -= 1;
    if (running === 0) permits.leave();
  };
  const operation: Operation<T> = async (context) => {
    // A run that others share goes on after its first caller has left: what it begins then counts too.
    if (running === 0) permits.give();
    running += 1;
    try {
      return await call.operation(context);
    } finally {
      settle();
    }
  };
  const watched = next === invoke ? call : watchedCall(call, operation);
  const end = (hasFailed: boolean, error?: unknown) => {
    try {
      answered?.(hasFailed, error);
    } finally {
      // Also when the caller's rule throws: its permit must not be lost.
      if (watched !== call) watched.release();
      settle();
    }
  };
  return runSafely(watched, next).then(
    (value) => {
      end(false);
      return value;
    },
    (error: unknown) => {
      end(true, error);
      throw error;
    },
  );
}

function watchedCall<T>(call: Call<T>, operation: Operation<T>): Call<T> {
  const { attempt, deadline, trail, askedFor } = call;
  // Of a call that nothing can abort, the one below cannot be aborted either.
  const above = call.isAbortable ? call : undefined;
  return new Call(operation, attempt, deadline, above, trail, askedFor);
}
