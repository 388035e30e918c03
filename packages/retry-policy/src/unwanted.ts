import type { Next } from '@chimera/policy';
import { type Discarder, discarding, type DisposeOptions } from './discard.ts';
import { UnwantedResult } from './unwanted-result.ts';

/** Results that are failures. */
export interface Unwanted {
  /** Lets attempts fail whose results are not wanted. */
  judge(next: Next, policy: Discarder): Next;
  /** What becomes of what an attempt failed with when it is not returned. */
  discard(error: unknown, policy: Discarder): Promise<void> | undefined;
  /** What the call gives when its last attempt failed with this: the result, or it throws the error. */
  give(error: unknown): unknown;
}

/**
 * Tells which results are failures; those that are not returned are disposed of. What the test
 * throws counts as thrown by the attempt.
 */
export function unwanted(
  test: (result: unknown) => boolean,
  { dispose }: DisposeOptions = {},
): Unwanted {
  const discard = discarding(dispose);
  /** A retry that is aborted in its delay has thrown its result away already. */
  const discarded = new WeakSet<UnwantedResult>();
  return {
    judge: (next, policy) => (call) =>
      next(call).then((result) => {
        let isUnwanted: boolean;
        try {
          isUnwanted = test(result);
        } catch (error) {
          // The error takes the place of the result, which nobody gets then.
          void discard(result, policy);
          throw error;
        }
        if (isUnwanted) throw new UnwantedResult(result);
        return result;
      }),
    discard: (error, policy) => {
      if (!(error instanceof UnwantedResult) || discarded.has(error)) return undefined;
      discarded.add(error);
      return discard(error.result, policy);
    },
    give: (error) => {
      if (error instanceof UnwantedResult) return error.result;
      throw error;
    },
  };
}
