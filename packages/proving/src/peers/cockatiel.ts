import type { Status } from '../check/history.ts';
import type { Create, Subject } from '../check/subject.ts';
import { onGlobals } from '../world/on-globals.ts';

/** What is used of a cockatiel policy. */
export interface CockatielPolicy {
  execute(
    operation: (context: { readonly signal: AbortSignal }) => unknown,
    signal?: AbortSignal,
  ): unknown;
  /** Of a circuit breaker. */
  readonly state?: number;
}

interface CockatielError {
  readonly isBrokenCircuitError?: true;
  readonly isBulkheadRejectedError?: true;
  readonly isTaskCancelledError?: true;
  readonly message: string;
}

/** cockatiel's CircuitState. */
const states: readonly Status[] = ['closed', 'open', 'half-open'];

/**
 * A cockatiel policy on trial.
 * @param restart makes a breaker with what `toJSON()` gave as `initialState`.
 */
export function cockatiel(
  make: (initialState?: unknown) => CockatielPolicy & { toJSON?(): unknown },
): Create {
  const subject = (initialState?: unknown): Subject => {
    const policy = make(initialState);
    return {
      call: (work, { signal }) => policy.execute((context) => work(context.signal), signal),
      says: (error) => saying(error as CockatielError),
      ...(policy.state !== undefined && { status: () => states[policy.state ?? 0] ?? '' }),
      ...(policy.toJSON !== undefined && {
        snapshot: () => policy.toJSON?.(),
        restart: subject,
      }),
    };
  };
  return onGlobals(() => subject());
}

function saying(error: CockatielError): 'refused' | 'timed out' | 'aborted' | undefined {
  if (error.isBrokenCircuitError === true || error.isBulkheadRejectedError === true) {
    return 'refused';
  }
  if (error.isTaskCancelledError !== true) return undefined;
  return error.message.includes('timed out') ? 'timed out' : 'aborted';
}
