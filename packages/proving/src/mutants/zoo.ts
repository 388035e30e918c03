import type { Kind } from '../check/rules.ts';
import { breakerMutants } from './breaker-mutants.ts';
import { bulkheadMutants } from './bulkhead-mutants.ts';
import type { Mutant } from './mutant.ts';
import { rateLimitMutants } from './rate-limit-mutants.ts';
import { retryMutants } from './retry-mutants.ts';
import { timeoutMutants } from './timeout-mutants.ts';

/** All policies with a known mistake, or those of one kind. */
export function zoo(kind?: Kind): readonly Mutant[] {
  const all = [
    ...breakerMutants,
    ...retryMutants,
    ...bulkheadMutants,
    ...rateLimitMutants,
    ...timeoutMutants,
  ];
  return kind === undefined ? all : all.filter((mutant) => mutant.kind === kind);
}
