import { checkPolicy, isExcluded, lawsOf, retry } from '@chimera/proving';
import { expect, test } from 'vitest';
import {
  decorrelated,
  equalJitter,
  exponential,
  fullJitter,
  retryAfter,
  RetryPolicy,
} from '../src/index.ts';

const delays = { base: 1_000, cap: 5_000 };
const capMs = 5_000;

const kinds = [
  [{ jitter: 'none' }, exponential({ ...delays, jitter: 0 })],
  [{ jitter: 'full' }, exponential({ ...delays, jitter: fullJitter })],
  [{ jitter: 'equal' }, exponential({ ...delays, jitter: equalJitter })],
  [{ jitter: 0.2 }, exponential({ ...delays, jitter: 0.2 })],
  [{ jitter: 'decorrelated' }, decorrelated(delays)],
] as const;

test.each(kinds)('with %j it keeps every law of retries', async (promise, backoff) => {
  const rules = retry({ ...promise, maxRetries: 3, capMs, heedsDeadline: true });
  const { laws } = await checkPolicy(
    (world) =>
      new RetryPolicy({ maxRetries: 3, backoff, budget: false, stopIf: isExcluded }, world),
    rules,
    { runs: 200 },
  );
  expect(laws).toEqual(lawsOf('retry').map(({ id }) => id));
});

test('what an error asks for is waited for, up to the bound', async () => {
  const backoff = exponential({ ...delays, jitter: 0 });
  const rules = retry({ maxRetries: 3, capMs, hintCapMs: 3_000 });
  const options = {
    maxRetries: 3,
    backoff,
    budget: false,
    stopIf: isExcluded,
    delayHint: retryAfter({ maxExtra: 3_000 }),
  } as const;
  const { runs } = await checkPolicy((world) => new RetryPolicy(options, world), rules, {
    runs: 200,
  });
  expect(runs).toBe(200);
});
