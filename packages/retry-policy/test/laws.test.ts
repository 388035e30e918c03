import { pipeline, seededRandom, VirtualClock } from '@chimera/policy';
import { checkPolicy, isExcluded, lawsOf, retry, type World } from '@chimera/proving';
import { layerLaws, type LayersUnderTest } from '@chimera/proving/conformance';
import { describe, expect, test } from 'vitest';
import {
  decorrelated,
  equalJitter,
  exponential,
  fullJitter,
  QuotaBudget,
  retryAfter,
  type RetryOptions,
  RetryPolicy,
  WindowBudget,
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

describe('a budget bounds retries by its burst and by its share of all calls', () => {
  const backoff = exponential({ ...delays, jitter: 0 });
  const proved = (share: number, budgetOf: (world: World) => RetryOptions['budget']) =>
    checkPolicy(
      (world) => {
        const budget = budgetOf(world) ?? false;
        return new RetryPolicy({ backoff, budget, stopIf: isExcluded }, world);
      },
      retry({ capMs, heedsDeadline: true, budget: { burst: 2, share } }),
      { runs: 300 },
    );

  test('of a window that nothing leaves', async () => {
    const options = { ratio: 0.1, reservePerSecond: 2 / 86_400, window: '24h' } as const;
    const { laws } = await proved(0.1, (world) => new WindowBudget(options, world));
    expect(laws).toContain('retry-7');
  });

  test('of a quota, to which a success gives back what its last retry took', async () => {
    const { laws } = await proved(1, () => new QuotaBudget({ capacity: 28 }));
    expect(laws).toContain('retry-7');
  });

  test('and without one nothing does', async () => {
    await expect(proved(0.1, () => false)).rejects.toMatchObject({ law: 'retry-7' });
  });
});

function layers(retries: readonly RetryOptions[]): LayersUnderTest {
  const clock = new VirtualClock();
  const time = { clock, random: seededRandom(1) };
  const [outer, ...inner] = retries.map((options) => new RetryPolicy(options, time));
  if (outer === undefined) throw new Error('no layer');
  return {
    attempts: retries.map(({ maxRetries = 3 }) => maxRetries + 1),
    call: (work) => pipeline(outer, ...inner).execute(work),
    advance: (ms) => clock.advance(ms),
  };
}

describe.each([
  ['as they come', [{}, {}]],
  ['without a budget', [2, 1, 2].map((maxRetries) => ({ maxRetries, budget: false }) as const)],
])('layers of retries %s keep', (_, retries) => {
  test.each(layerLaws)('$id $name', async ({ check }) => {
    await expect(check(layers(retries))).resolves.toBeUndefined();
  });
});
