import {
  bulkhead as cockatielBulkhead,
  circuitBreaker,
  ConsecutiveBreaker,
  ConstantBackoff,
  ExponentialBackoff,
  handleWhen,
  noJitterGenerator,
  retry as cockatielRetry,
  timeout as cockatielTimeout,
  TimeoutStrategy,
} from 'cockatiel';
import CircuitBreaker from 'opossum';
import pRetryOf from 'p-retry';
import { describe, expect, test } from 'vitest';
import {
  breaker,
  bulkhead,
  checkPolicy,
  type Create,
  isExcluded,
  type ProofError,
  retry,
  type Rules,
  timeout,
} from '../src/index.ts';
import { cockatiel, opossum, pRetry } from '../src/peers.ts';

/** What counts: not an error that says nothing of what was called, as the rules have it. */
const handled = handleWhen((error) => !isExcluded(error));

const cockatielBreaker = cockatiel((initialState) =>
  circuitBreaker(handled, {
    halfOpenAfter: 30_000,
    breaker: new ConsecutiveBreaker(2),
    ...(initialState === undefined ? {} : { initialState }),
  }),
);

const cockatielRetries = (backoff: ConstantBackoff | ExponentialBackoff<number>) =>
  cockatiel(() => cockatielRetry(handled, { maxAttempts: 3, backoff }));

const exponentialRetry = cockatielRetries(
  new ExponentialBackoff({
    initialDelay: 1_000,
    maxDelay: 5_000,
    generator: noJitterGenerator,
  }),
);

type Action = () => unknown;

const opossumBreaker = (options: CircuitBreaker.Options) =>
  opossum(
    () =>
      new CircuitBreaker(async (work: Action) => work(), {
        errorThresholdPercentage: 50,
        volumeThreshold: 2,
        resetTimeout: 30_000,
        // One for its statistics, so that they have few timers.
        rollingCountBuckets: 1,
        errorFilter: isExcluded,
        ...options,
      }),
  );

const fullJitterless = pRetry(pRetryOf as never, {
  retries: 3,
  minTimeout: 1_000,
  maxTimeout: 5_000,
  factor: 2,
  shouldRetry: ({ error }: { readonly error: unknown }) => !isExcluded(error),
});

const breakerRules = breaker({ failuresInARow: 2, openForMs: 30_000 });
const rateBreakerRules = breaker({ openForMs: 30_000 });
const retryRules = retry({ maxRetries: 3, baseMs: 1_000, capMs: 5_000 });
const longMs = 3_000_000_000;

function proofOf(create: Create, rules: Rules, law: string): Promise<ProofError> {
  return checkPolicy(create, rules, { laws: [law] }).then(
    () => expect.unreachable(`${law} holds`),
    (error: ProofError) => error,
  );
}

/** Each of these mistakes is known; here they are found by trying. */
const known: readonly [
  mistake: string,
  law: string,
  steps: number,
  create: Create,
  rules: Rules,
][] = [
  [
    'cockatiel: a late failure opens a half-open circuit',
    'breaker-4',
    8,
    cockatielBreaker,
    breakerRules,
  ],
  [
    'opossum: a late success closes a half-open circuit',
    'breaker-4',
    8,
    opossumBreaker({ timeout: false }),
    rateBreakerRules,
  ],
  [
    'cockatiel: a probe that says nothing closes the circuit',
    'breaker-13',
    7,
    cockatielBreaker,
    breakerRules,
  ],
  [
    'opossum: a probe that says nothing closes the circuit',
    'breaker-13',
    7,
    opossumBreaker({ timeout: false }),
    rateBreakerRules,
  ],
  [
    'cockatiel: calls wait for a probe without a bound',
    'breaker-11',
    6,
    cockatielBreaker,
    breakerRules,
  ],
  [
    'cockatiel: a probe that hangs keeps everybody waiting',
    'breaker-6',
    6,
    cockatielBreaker,
    breakerRules,
  ],
  [
    'opossum: a probe that hangs is waited for in vain',
    'breaker-6',
    6,
    opossumBreaker({ timeout: false }),
    rateBreakerRules,
  ],
  [
    'cockatiel: a wall clock that goes back keeps it open',
    'breaker-10',
    5,
    cockatielBreaker,
    breakerRules,
  ],
  [
    'cockatiel: an abort does not end the delay before a retry',
    'call-4',
    2,
    exponentialRetry,
    retryRules,
  ],
  [
    'cockatiel: an attempt is made after the caller gave up',
    'retry-4',
    2,
    exponentialRetry,
    retryRules,
  ],
  [
    'cockatiel: a delay beyond 2^31 ms is none',
    'retry-2',
    1,
    cockatielRetries(new ConstantBackoff(longMs)),
    retry({ baseMs: longMs, capMs: longMs, factor: 1 }),
  ],
  [
    'cockatiel: who waits for a place is not answered when he gives up',
    'call-4',
    4,
    cockatiel(() => cockatielBulkhead(2, 2)),
    bulkhead({ maxConcurrent: 2, maxQueue: 2 }),
  ],
  [
    'cockatiel: who gives up is told that the time is up',
    'timeout-3',
    2,
    cockatiel(() => cockatielTimeout(100, TimeoutStrategy.Aggressive)),
    timeout({ afterMs: 100 }),
  ],
  [
    'opossum: what times out frees its place while it runs on',
    'bulkhead-1',
    4,
    opossumBreaker({ timeout: 100, capacity: 2, volumeThreshold: 1_000_000 }),
    bulkhead({ maxConcurrent: 2 }),
  ],
];

describe('mistakes of the peers are found, and told in few steps', () => {
  test.each(known)('%s (%s)', async (_mistake, law, steps, create, rules) => {
    const found = await proofOf(create, rules, law);
    expect(found.law).toBe(law);
    expect(found.steps).toBeLessThanOrEqual(steps);
  });

  test('as a timeline that anybody can follow', async () => {
    const { timeline } = await proofOf(cockatielBreaker, breakerRules, 'breaker-4');
    expect(timeline).toMatchInlineSnapshot(`
      "at ms  circuit    1  2  3  4
          0  closed     ┬            call 1
          0  closed     │  ┬         call 2
          0  closed     │  │  ┬      call 3
          0  closed     ✗  │  │      1 fails
          0  open          ✗  │      2 fails → open
          0  open             │      30000 ms pass
      30000  half-open        │  ┬   call 4 → half-open
      30000  open             ✗  │   3 fails → open  ← breaker-4"
    `);
  });
});

test('p-retry keeps every law of a retry policy, but that it waits for the attempt that runs when its caller gives up', async () => {
  const { runs } = await checkPolicy(fullJitterless, retryRules, { except: ['call-4'] });
  expect(runs).toBe(1_000);
  expect((await proofOf(fullJitterless, retryRules, 'call-4')).steps).toBe(2);
});

test('what a run borrows of the globals is given back', async () => {
  const { Date: date, setTimeout: set } = globalThis;
  const { random } = Math;
  await checkPolicy(cockatielBreaker, breakerRules, { laws: ['breaker-7'], runs: 5 });
  expect(globalThis.Date).toBe(date);
  expect(globalThis.setTimeout).toBe(set);
  expect(Math.random).toBe(random);
  expect(Object.hasOwn(performance, 'now')).toBe(false);
});
