import {
  bulkhead,
  checkPolicy,
  lawsOf,
  rateLimit,
  type Subject,
  type World,
} from '@chimera/proving';
import { describe, expect, test } from 'vitest';
import {
  Bulkhead,
  RateLimit,
  type RateLimitSnapshot,
  type RateRule,
  restore,
  slidingWindow,
  snapshotOf,
  tokenBucket,
} from '../src/index.ts';

describe('a bulkhead keeps every law of bulkheads', () => {
  test.each([
    [1, 0, Infinity],
    [2, 3, 500],
    [3, 1, Infinity],
  ])('%i places, %i in the queue, for %d ms', async (maxConcurrent, maxQueue, maxWaitMs) => {
    const maxWait = maxWaitMs === Infinity ? {} : { maxWait: maxWaitMs };
    const { laws } = await checkPolicy(
      (world) => new Bulkhead({ maxConcurrent, maxQueue, ...maxWait }, world),
      bulkhead({ maxConcurrent, maxQueue, maxWaitMs }),
      { runs: 400 },
    );
    expect(laws).toEqual(lawsOf('bulkhead').map(({ id }) => id));
  });
});

function subject(rule: RateRule, world: World, snapshot?: RateLimitSnapshot): Subject {
  const limit = new RateLimit({ rule }, world);
  if (snapshot !== undefined) restore(limit, snapshot);
  return {
    call: (work, { signal }) =>
      limit.execute((context) => work(context.signal), signal && { signal }),
    says: (error) =>
      (error as { readonly code?: unknown }).code === 'RATE_LIMITED' ? 'refused' : undefined,
    retryAfterMs: (error) => (error as { readonly retryAfterMs: number }).retryAfterMs,
    deadlines: () => [limit.retryAfterMs],
    snapshot: () => snapshotOf(limit),
    restart: (stored) => subject(rule, world, stored as RateLimitSnapshot),
  };
}

describe('a rate limit keeps every law of rate limits', () => {
  const rules = [
    ['token-bucket', tokenBucket({ rate: 3, per: 1_000 })],
    ['sliding-window', slidingWindow({ max: 3, per: 1_000 })],
  ] as const;

  test.each(rules)('%s', async (rule, limited) => {
    const { laws } = await checkPolicy(
      (world) => subject(limited, world),
      rateLimit({ rule, max: 3, perMs: 1_000 }),
      { runs: 600 },
    );
    expect(laws).toEqual(lawsOf('rate-limit').map(({ id }) => id));
  });
});
