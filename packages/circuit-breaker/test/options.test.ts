import { Call, type Decision, invoke, seededRandom, VirtualClock } from '@chimera/policy';
import fc from 'fast-check';
import { describe, expect, expectTypeOf, test } from 'vitest';
import {
  atMost,
  type BreakerSnapshot,
  CircuitBreaker,
  type CircuitBreakerEvent,
  type CircuitBreakerOptions,
  CircuitOpenError,
  type CircuitStatus,
  clearedEvery,
  consecutive,
  countWindow,
  type FailureDetector,
  growingOpen,
  healthOf,
  isolate,
  jittered,
  type OpenDuration,
  type OpenReason,
  type Permit,
  reset,
  setMode,
  snapshotOf,
  timeWindow,
  trip,
  type tryAcquire,
} from '../src/index.ts';
import { admitted, feed } from './outcomes.ts';

const asking = (retryAfterMs: unknown) => Object.assign(new Error('busy'), { retryAfterMs });
const reasonOf = (event: CircuitBreakerEvent) => (event.type === 'opened' ? event.reason : null);

const growing = (reopenings: number) => 1_000 * (reopenings + 1);
/** For the least, the middle and the most that can be drawn. */
const figures = (make: (deps: { random: () => number }) => OpenDuration) =>
  [0, 0.5, 1].map((drawn) => make({ random: () => drawn })(2));

function setUp(options: CircuitBreakerOptions) {
  const clock = new VirtualClock();
  const events: CircuitBreakerEvent[] = [];
  const breaker = new CircuitBreaker(options, {
    clock,
    onEvent: (event) => events.push(event),
  });
  return { clock, breaker, events };
}

describe('wrong options are refused', () => {
  test.each<[string, CircuitBreakerOptions]>([
    ['failureThreshold must be an integer >= 1, got 0', { failureThreshold: 0 }],
    [
      'failureThreshold must be absent beside detector, got 3',
      { failureThreshold: 3, detector: consecutive(3) } as object,
    ],
    ["openFor must be a duration >= 0 (ms, '2s', '5m', '1h'), got -1", { openFor: -1 }],
    ['halfOpenProbes must be an integer from 1 to 1000, got 0', { halfOpenProbes: 0 }],
    [
      'permittedFailureRate must be a number from 0 to 1, got NaN',
      { permittedFailureRate: Number.NaN },
    ],
    ["probeTimeout must be a duration >= 1 (ms, '2s', '5m', '1h'), got 0", { probeTimeout: 0 }],
  ])('%s', (message, options) => {
    expect(() => new CircuitBreaker(options)).toThrow(
      new RangeError(`circuit-breaker: ${message}`),
    );
  });

  test.each<[string, () => unknown]>([
    [
      'minCalls must be an integer from 1 to 10, got 11',
      () => countWindow({ size: 10, minCalls: 11 }),
    ],
    ['size must be an integer from 1 to 100000, got 0', () => countWindow({ size: 0 })],
    ['buckets must be an integer from 1 to 10000, got 0.5', () => timeWindow({ buckets: 0.5 })],
    ['interval must be a duration', () => clearedEvery('0ms', consecutive())],
    ['factor must be a number >= 1, got 0.5', () => growingOpen({ factor: 0.5 })],
    ['cap must be a duration >= 60000', () => growingOpen({ cap: '1s' })],
    [
      'failureRate must be a number greater than 0 and at most 1, got 0',
      () => timeWindow({ failureRate: 0 }),
    ],
    [
      'slow.rate must be a number greater than 0 and at most 1, got 1.5',
      () => timeWindow({ slow: { over: '1s', rate: 1.5 } }),
    ],
    ['opensWhen must be', () => timeWindow({ opensWhen: 'maybe' as 'reached' })],
  ])('%s', (message, make) => {
    expect(make).toThrow(`circuit-breaker: ${message}`);
  });
});

describe('classification', () => {
  test('a result can be a failure, nothing, or a reason to open at once; the caller gets it all the same', async () => {
    const { breaker, events } = setUp({
      failureThreshold: 3,
      classifyResult: (response) => {
        const { status } = response as { status: number };
        if (status === 429) return 'trip';
        if (status >= 500) return 'failure';
        return status === 404 ? 'ignored' : 'success';
      },
    });
    for (const status of [500, 404, 200, 503]) {
      expect(await breaker.execute(() => ({ status }))).toEqual({ status });
    }
    expect(healthOf(breaker)).toMatchObject({ status: 'closed', failures: 1 });
    expect(await breaker.execute(() => ({ status: 429 }))).toEqual({ status: 429 });
    expect(breaker.status).toBe('open');
    expect(events.map(({ type }) => type)).toEqual([
      'failed',
      'ignored',
      'succeeded',
      'failed',
      'failed',
      'opened',
    ]);
    expect(events.at(-1)).toMatchObject({ reason: 'verdict', evidence: { status: 429 } });
  });

  test('an error can be a success', async () => {
    const notFound = new Error('not found');
    const { breaker } = setUp({
      failureThreshold: 2,
      classifyError: (error) => (error === notFound ? 'success' : 'failure'),
    });
    feed(breaker, 'F');
    await expect(breaker.execute(() => Promise.reject(notFound))).rejects.toBe(notFound);
    expect(healthOf(breaker).failures).toBe(0);
  });

  test('what a permit is told is classified too', () => {
    const { breaker } = setUp({
      failureThreshold: 1,
      classifyResult: (result) => (result === 'bad' ? 'failure' : 'success'),
    });
    admitted(breaker).succeed('good');
    expect(breaker.status).toBe('closed');
    admitted(breaker).succeed('bad');
    expect(breaker.status).toBe('open');
  });
});

describe('a permit', () => {
  test('counts the first word only', async () => {
    const { breaker, clock } = setUp({ failureThreshold: 1, halfOpenProbes: 1 });
    const permit = admitted(breaker);
    permit.succeed();
    permit.fail();
    permit[Symbol.dispose]();
    expect(breaker.status).toBe('closed');
    const other = admitted(breaker);
    other.ignore();
    other.fail();
    expect(breaker.status).toBe('closed');
    feed(breaker, 'F');
    await clock.advance(60_000);
    using probe = admitted(breaker);
    probe.succeed();
    expect(breaker.status).toBe('closed');
  });
});

describe('how long it stays open', () => {
  test.each([
    [1_500, 1_500],
    [0, 0],
    [900_000, 600_000],
    [-1, 60_000],
    [Number.NaN, 60_000],
    ['soon', 60_000],
    [undefined, 60_000],
  ])('the error that opens it asks for %s ms: it gets %d', (asked, expected) => {
    const { breaker } = setUp({ failureThreshold: 1 });
    admitted(breaker).fail(asking(asked));
    expect(breaker.retryAfterMs).toBe(expected);
  });

  test('retryAfter reads the evidence as the options say, and bounds it by itself', () => {
    const { breaker } = setUp({
      failureThreshold: 1,
      retryAfter: (error) => 1_000 * Number((error as Error).message),
    });
    admitted(breaker).fail(new Error('20'));
    expect(breaker.retryAfterMs).toBe(20_000);
    reset(breaker);
    admitted(breaker).fail(new Error('4000'));
    expect(breaker.retryAfterMs).toBe(4_000_000);
  });

  test('a probe that asks for time gets it, and an error that does not open changes nothing', async () => {
    const { breaker, clock } = setUp({ failureThreshold: 2 });
    admitted(breaker).fail(asking(5));
    expect(breaker.status).toBe('closed');
    feed(breaker, 'F');
    await clock.advance(60_000);
    admitted(breaker).fail(asking(7_000));
    expect(breaker.retryAfterMs).toBe(7_000);
  });

  test.each<[string, () => unknown]>([
    ['share must be a number from 0 to 1, got 2', () => jittered('10s', 2)],
    ["openFor must be a duration >= 0 (ms, '2s', '5m', '1h'), got -1", () => jittered(-1)],
    ["halfOpenMaxWait must be a duration >= 1 (ms, '2s', '5m', '1h'), got 0", () => atMost(0)],
    [
      `what follows halfOpenMaxWait must be 'open' or 'closed', got "ajar"`,
      () => atMost('1s', 'ajar' as 'open'),
    ],
  ])('%s', (message, make) => {
    expect(make).toThrow(new RangeError(`circuit-breaker: ${message}`));
  });

  test('jittered takes durations and functions; 60 s and a fifth of it unless told otherwise', () => {
    expect(figures((deps) => jittered(undefined, undefined, deps))).toEqual([
      48_000, 60_000, 72_000,
    ]);
    expect(figures((deps) => jittered('10s', 0.5, deps))).toEqual([5_000, 10_000, 15_000]);
    expect(figures((deps) => jittered(growing, 1, deps))).toEqual([0, 3_000, 6_000]);
  });

  test('jittered spreads openFor plus or minus its share', () => {
    const seen: number[] = [];
    const random = seededRandom(1);
    for (let i = 0; i < 200; i += 1) {
      const { breaker } = setUp({ failureThreshold: 1, openFor: jittered('10s', 0.2, { random }) });
      feed(breaker, 'F');
      seen.push(breaker.retryAfterMs);
    }
    expect(Math.min(...seen)).toBeGreaterThanOrEqual(8_000);
    expect(Math.max(...seen)).toBeLessThanOrEqual(12_000);
    expect(Math.max(...seen) - Math.min(...seen)).toBeGreaterThan(3_000);
  });

  test.each([
    [Number.NaN, 60_000],
    [-1, 60_000],
    [Infinity, 1e15],
  ])('a function that answers %s: %d', (answer, expected) => {
    const { breaker } = setUp({ failureThreshold: 1, openFor: () => answer });
    feed(breaker, 'F');
    expect(breaker.retryAfterMs).toBe(expected);
    expect(snapshotOf(breaker)).toEqual(JSON.parse(JSON.stringify(snapshotOf(breaker))));
  });

  test('growingOpen never shrinks, stays finite, and reaches its cap', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 10_000 }),
        fc.double({ min: 1, max: 10, noNaN: true }),
        fc.nat(2_000),
        (base, factor, reopenings) => {
          const openFor = growingOpen({ base, factor, cap: '1h' });
          expect(openFor(reopenings)).toBeLessThanOrEqual(openFor(reopenings + 1));
          expect(openFor(reopenings)).toBeGreaterThanOrEqual(base);
          expect(openFor(reopenings)).toBeLessThanOrEqual(3_600_000);
        },
      ),
    );
  });
});

describe('by hand', () => {
  test('trip opens for the time given, and reset closes', () => {
    const { breaker, events } = setUp({});
    trip(breaker, '2s');
    expect(breaker.retryAfterMs).toBe(2_000);
    reset(breaker);
    expect(healthOf(breaker)).toMatchObject({ status: 'closed', failures: 0 });
    expect(events).toMatchObject([{ type: 'opened', reason: 'told to' }, { type: 'closed' }]);
  });

  test('trip does not touch a breaker that is held', () => {
    const { breaker } = setUp({});
    setMode(breaker, 'disabled');
    trip(breaker, '2s');
    expect(breaker.status).toBe('disabled');
  });

  test('forced-open refuses until told otherwise, and says that no time will help', async () => {
    const { breaker, clock, events } = setUp({ name: 'db' });
    setMode(breaker, 'forced-open');
    await clock.advance(86_400_000);
    expect(breaker.retryAfterMs).toBe(Infinity);
    await expect(breaker.execute(() => 1)).rejects.toMatchObject({
      retryAfterMs: undefined,
      message: 'Circuit "db" is forced-open; it is held open by hand',
    });
    expect(events[0]).toMatchObject({ type: 'mode-changed', mode: 'forced-open', isolations: 0 });
    setMode(breaker, 'automatic');
    expect(await breaker.execute(() => 1)).toBe(1);
  });

  test('disabled lets a failing probe through as well', async () => {
    const { breaker } = setUp({ failureThreshold: 1 });
    feed(breaker, 'F');
    setMode(breaker, 'disabled');
    feed(breaker, 'FFFF');
    expect(await breaker.execute(() => 1)).toBe(1);
    expect(breaker.retryAfterMs).toBe(0);
  });

  test('a mode set during an isolation applies after it', () => {
    const { breaker } = setUp({});
    using isolation = isolate(breaker);
    setMode(breaker, 'disabled');
    expect(breaker.status).toBe('forced-open');
    isolation[Symbol.dispose]();
    expect(breaker.status).toBe('disabled');
  });
});

test('a call to be explained notes the refusal before it is made', async () => {
  const { breaker } = setUp({ name: 'db' });
  trip(breaker, '1s');
  const trail: Decision[] = [];
  const call = new Call(() => 1, 1, undefined, undefined, trail);
  await expect(breaker.run(call, invoke)).rejects.toBeInstanceOf(CircuitOpenError);
  expect(trail).toEqual([
    {
      policy: 'db',
      action: 'reject',
      reason: 'Circuit "db" is open; retry in 1000 ms',
    },
  ]);
});

test('health shows the window, then the probes', async () => {
  const { breaker, clock } = setUp({
    detector: timeWindow({ minCalls: 4, slow: { over: '1s', rate: 1 } }),
    halfOpenProbes: 4,
    permittedFailureRate: 0.5,
  });
  const slow = admitted(breaker);
  await clock.advance(1_001);
  slow.succeed();
  feed(breaker, 'FS');
  expect(healthOf(breaker)).toEqual({
    status: 'closed',
    calls: 3,
    failures: 1,
    slow: 1,
    failureRate: 1 / 3,
    slowRate: 1 / 3,
    probesInFlight: 0,
    reopenings: 0,
    retryAfterMs: 0,
  });
  feed(breaker, 'F');
  await clock.advance(60_000);
  feed(breaker, 'SF');
  admitted(breaker);
  expect(healthOf(breaker)).toMatchObject({
    status: 'half-open',
    calls: 2,
    failures: 1,
    probesInFlight: 1,
  });
});

test('a detector that is told the order alone may open on a success, for as long as on a failure', async () => {
  const detector: FailureDetector<string> = {
    shape: 'most of the latest five',
    measures: 'order',
    empty: '',
    record: (latest, failed) => `${latest}${failed ? 'F' : 'S'}`.slice(-5).replace(/^S+/, ''),
    tripReason: (latest) => (/^F.*F.*F.*S$/.test(latest) ? 'failure rate' : undefined),
    counts: (latest) => ({ calls: latest.length, failures: latest.length, slow: 0 }),
  };
  const { breaker, clock } = setUp({ detector });
  await clock.advance(500);
  feed(breaker, 'SSFFF');
  expect(breaker.status).toBe('closed');
  await breaker.execute(() => 'fine');
  expect([breaker.status, breaker.retryAfterMs]).toEqual(['open', 60_000]);
  expect(breaker.state).toMatchObject({ openedAt: 500, until: 60_500 });
});

test('a detector stands in the place of failureThreshold', () => {
  expectTypeOf<{
    failureThreshold: number;
    detector: FailureDetector;
  }>().not.toExtend<CircuitBreakerOptions>();
  const { breaker } = setUp({ detector: consecutive(2) });
  feed(breaker, 'FF');
  expect(breaker.status).toBe('open');
});

test('types', () => {
  expectTypeOf<CircuitBreaker['status']>().toEqualTypeOf<CircuitStatus>();
  expectTypeOf<CircuitStatus>().toEqualTypeOf<
    'closed' | 'open' | 'half-open' | 'forced-open' | 'disabled' | 'metrics-only'
  >();
  expectTypeOf<CircuitBreaker['retryAfterMs']>().toBeNumber();
  expectTypeOf<ReturnType<typeof tryAcquire>>().toEqualTypeOf<Permit | undefined>();
  expectTypeOf<ReturnType<typeof snapshotOf>>().toEqualTypeOf<BreakerSnapshot>();
  expectTypeOf<CircuitOpenError['code']>().toEqualTypeOf<'CIRCUIT_OPEN'>();
  const { breaker } = setUp({});
  expectTypeOf(breaker.execute(() => 3)).toEqualTypeOf<Promise<number>>();
  expectTypeOf(breaker.execute(async () => 'x' as const)).toEqualTypeOf<Promise<'x'>>();
  expectTypeOf(reasonOf).returns.toEqualTypeOf<OpenReason | null>();
});
