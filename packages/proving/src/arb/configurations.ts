import {
  breaker,
  bulkhead,
  type Kind,
  rateLimit,
  retry,
  type Rules,
  timeout,
} from '../check/rules.ts';
import type { Arbitrary, FastCheck } from './fast-check.ts';

/** Valid rules for a kind of policy, small ones first: what goes wrong goes wrong with 1 and 2. */
export function configurations<K extends Kind>(
  fc: FastCheck,
  kind: K,
): Arbitrary<Extract<Rules, { readonly kind: K }>> {
  const few = fc.integer({ min: 1, max: 5 });
  const ms = fc.integer({ min: 1, max: 60_000 });
  const all: Readonly<Record<Kind, Arbitrary<Rules>>> = {
    breaker: fc
      .record({ failuresInARow: few, openForMs: ms, probes: few, probeTimeoutMs: ms })
      .map(breaker),
    retry: fc
      .record({
        maxRetries: fc.nat(5),
        baseMs: ms,
        factor: fc.integer({ min: 1, max: 3 }),
        capMs: ms,
        jitter: fc.constantFrom('none', 'full', 'equal'),
      })
      .map(retry),
    bulkhead: fc
      .record({
        maxConcurrent: few,
        maxQueue: fc.nat(5),
        maxWaitMs: fc.oneof(ms, fc.constant(Infinity)),
      })
      .map(bulkhead),
    'rate-limit': fc
      .record({ max: few, perMs: ms, rule: fc.constantFrom('token-bucket', 'sliding-window') })
      .map(rateLimit),
    timeout: fc.record({ afterMs: ms }).map(timeout),
  };
  return all[kind] as Arbitrary<Extract<Rules, { readonly kind: K }>>;
}
