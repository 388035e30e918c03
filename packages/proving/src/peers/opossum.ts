import type { Create, Work } from '../check/subject.ts';
import { onGlobals } from '../world/on-globals.ts';

/** What is used of an opossum breaker whose action is given the work to do. */
export interface OpossumBreaker {
  fire(work: Work): unknown;
  readonly opened: boolean;
  readonly halfOpen: boolean;
  shutdown(): void;
}

/**
 * An opossum breaker on trial. Its callers cannot give up.
 * @param make `() => new CircuitBreaker(async (work) => work(), options)`
 */
export function opossum(make: () => OpossumBreaker): Create {
  return onGlobals(() => {
    const breaker = make();
    return {
      isAbortable: false,
      call: (work) => breaker.fire(work),
      says: (error) => {
        const { code } = error as { readonly code?: unknown };
        if (code === 'EOPENBREAKER' || code === 'ESEMLOCKED') return 'refused';
        return code === 'ETIMEDOUT' ? 'timed out' : undefined;
      },
      status: () => (breaker.halfOpen ? 'half-open' : breaker.opened ? 'open' : 'closed'),
      close: () => breaker.shutdown(),
    };
  });
}
