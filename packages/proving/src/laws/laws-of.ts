import type { Kind, Rules } from '../check/rules.ts';
import { breakerLaws } from './breaker-laws.ts';
import { bulkheadLaws } from './bulkhead-laws.ts';
import { callLaws, isDeterministic } from './call-laws.ts';
import type { Law } from './law.ts';
import { rateLimitLaws } from './rate-limit-laws.ts';
import { retryLaws } from './retry-laws.ts';
import { timeoutLaws } from './timeout-laws.ts';

/** Each law is only ever given histories of its own kind. */
const own = {
  breaker: breakerLaws,
  retry: retryLaws,
  bulkhead: bulkheadLaws,
  'rate-limit': rateLimitLaws,
  timeout: timeoutLaws,
} as unknown as Readonly<Record<Kind, readonly Law[]>>;

/** The laws of one kind of policy, the particular ones first: they say more. */
export function lawsOf(kind: Rules['kind']): readonly Law[] {
  return [...own[kind], ...callLaws, isDeterministic];
}

/** Every law there is. */
export function allLaws(): readonly Law[] {
  return [...Object.values(own).flat(), ...callLaws, isDeterministic];
}
