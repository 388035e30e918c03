import { VirtualClock } from '@chimera/policy';
import { describe, expect, test } from 'vitest';
import {
  atMost,
  CircuitBreaker,
  type CircuitBreakerEvent,
  type CircuitBreakerOptions,
  type CircuitOpenError,
  clearedEvery,
  consecutive,
  countWindow,
  growingOpen,
  healthOf,
  isolate,
  restore,
  setMode,
  snapshotOf,
  timeWindow,
  trip,
  tryAcquire,
} from '../src/index.ts';
import { admitted, deferred, feed } from './outcomes.ts';

function setUp(options: CircuitBreakerOptions) {
  const clock = new VirtualClock();
  const events: CircuitBreakerEvent[] = [];
  const breaker = new CircuitBreaker(options, { clock, onEvent: (event) => events.push(event) });
  return { clock, breaker, events };
}

/** Runs as many failed recoveries as it takes delays; returns how long each opening lasted. */
async function openFor(breaker: CircuitBreaker, clock: VirtualClock): Promise<number> {
  const waitedMs = breaker.retryAfterMs;
  await clock.advance(waitedMs);
  return waitedMs;
}

describe('sony/gobreaker', () => {
  test('1: with a threshold above 5, five failures and a success leave it closed, six in a row open it', () => {
    const { breaker } = setUp({ failureThreshold: 6 });
    feed(breaker, 'FFFFFSFFFFF');
    expect(breaker.status).toBe('closed');
    feed(breaker, 'F');
    expect(breaker.status).toBe('open');
  });

  test('2: open for 60 s, half-open after, open again on a failure, closed on a success', async () => {
    const { breaker, clock } = setUp({ failureThreshold: 1, halfOpenProbes: 1 });
    feed(breaker, 'F');
    await clock.advance(59_999);
    expect(breaker.status).toBe('open');
    await clock.advance(1);
    expect(breaker.status).toBe('half-open');
    feed(breaker, 'F');
    expect(breaker.status).toBe('open');
    await clock.advance(60_000);
    feed(breaker, 'S');
    expect(breaker.status).toBe('closed');
  });

  test('3: a call that spans the end of the interval is not counted', async () => {
    const { breaker, clock } = setUp({ detector: clearedEvery('30s', consecutive(5)) });
    feed(breaker, 'F');
    await clock.advance(29_000);
    const slow = admitted(breaker);
    expect(healthOf(breaker).failures).toBe(1);
    await clock.advance(2_000);
    expect(healthOf(breaker).failures).toBe(0);
    slow.fail();
    expect(healthOf(breaker).failures).toBe(0);
    feed(breaker, 'F');
    expect(healthOf(breaker).failures).toBe(1);
  });

  test('4: a rate of 0.6 over at least 3 calls: F S F opens', () => {
    const { breaker } = setUp({ detector: countWindow({ failureRate: 0.6, minCalls: 3 }) });
    feed(breaker, 'FS');
    expect(breaker.status).toBe('closed');
    feed(breaker, 'F');
    expect(breaker.status).toBe('open');
  });

  test('5: ignored probes leave it half-open, however many; then a failure opens it', async () => {
    const { breaker, clock } = setUp({ failureThreshold: 1, halfOpenProbes: 3 });
    feed(breaker, 'F');
    await clock.advance(60_000);
    feed(breaker, 'XXXX');
    expect(breaker.status).toBe('half-open');
    feed(breaker, 'F');
    expect(breaker.status).toBe('open');
  });

  test('6: with two probes ended and the third in flight a fourth is refused; the third closes', async () => {
    const { breaker, clock } = setUp({ failureThreshold: 1, halfOpenProbes: 3 });
    feed(breaker, 'F');
    await clock.advance(60_000);
    feed(breaker, 'SS');
    const slow = admitted(breaker);
    expect(tryAcquire(breaker)).toBeUndefined();
    slow.succeed();
    expect(breaker.status).toBe('closed');
  });

  test('7: an operation that throws is counted once, and its error reaches the caller', async () => {
    const { breaker } = setUp({});
    const bug = new TypeError('bug');
    await expect(
      breaker.execute(() => {
        throw bug;
      }),
    ).rejects.toBe(bug);
    expect(healthOf(breaker).failures).toBe(1);
  });

  test('8: of a window of 10 buckets of 3 s exactly the oldest bucket leaves', async () => {
    const { breaker, clock } = setUp({ detector: timeWindow({ span: '30s', minCalls: 1_000 }) });
    feed(breaker, 'FFS');
    for (let bucket = 1; bucket < 10; bucket += 1) {
      await clock.advance(3_000);
      feed(breaker, 'FS');
    }
    expect(healthOf(breaker)).toMatchObject({ calls: 21, failures: 11 });
    await clock.advance(2_999);
    expect(healthOf(breaker)).toMatchObject({ calls: 21, failures: 11 });
    await clock.advance(1);
    expect(healthOf(breaker)).toMatchObject({ calls: 18, failures: 9 });
  });
});

describe('opossum', () => {
  test('9: a slow success that was in flight when it opened leaves it open', async () => {
    const { breaker } = setUp({ failureThreshold: 1 });
    const slow = deferred<string>();
    const pending = breaker.execute(() => slow.promise);
    feed(breaker, 'F');
    slow.resolve('late');
    expect(await pending).toBe('late');
    expect(breaker.status).toBe('open');
  });

  test.each(['S', 'F'] as const)(
    '10: a late %s in half-open is ignored; only the probe decides',
    async (late) => {
      const { breaker, clock, events } = setUp({ failureThreshold: 1, halfOpenProbes: 1 });
      const slow = admitted(breaker);
      feed(breaker, 'F');
      await clock.advance(60_000);
      const probe = admitted(breaker);
      if (late === 'S') slow.succeed();
      else slow.fail();
      expect(breaker.status).toBe('half-open');
      expect(events.at(-1)?.type).toBe('discarded');
      probe.succeed();
      expect(breaker.status).toBe('closed');
    },
  );
});

describe('cockatiel', () => {
  test('11: with openings of 1 s and 2 s, a failed probe is followed by 2 s of refusals', async () => {
    const { breaker, clock } = setUp({
      failureThreshold: 1,
      openFor: (reopenings) => (reopenings === 0 ? 1_000 : 2_000),
    });
    feed(breaker, 'F');
    await clock.advance(1_000);
    feed(breaker, 'F');
    await clock.advance(1_000);
    expect(tryAcquire(breaker)).toBeUndefined();
    await clock.advance(1_000);
    expect(tryAcquire(breaker)).toBeDefined();
  });

  test('12: two isolations: closed only after both are disposed of', () => {
    const { breaker } = setUp({});
    const first = isolate(breaker);
    const second = isolate(breaker);
    expect(breaker.status).toBe('forced-open');
    first[Symbol.dispose]();
    first[Symbol.dispose]();
    expect(breaker.status).toBe('forced-open');
    second[Symbol.dispose]();
    expect(breaker.status).toBe('closed');
  });

  test('13: of 10 probes 3 may fail: 3 F and 7 S close, the 4th F opens', async () => {
    const options = { failureThreshold: 1, halfOpenProbes: 10, permittedFailureRate: 0.3 };
    const closing = setUp(options);
    feed(closing.breaker, 'F');
    await closing.clock.advance(60_000);
    feed(closing.breaker, 'FFFSSSSSSS');
    expect(closing.breaker.status).toBe('closed');

    const opening = setUp(options);
    feed(opening.breaker, 'F');
    await opening.clock.advance(60_000);
    feed(opening.breaker, 'FFF');
    expect(opening.breaker.status).toBe('half-open');
    feed(opening.breaker, 'F');
    expect(opening.breaker.status).toBe('open');
  });

  test('14: stored while half-open, it comes back open, ready to probe, with its failed recoveries', async () => {
    const options = { failureThreshold: 1, openFor: growingOpen({ base: '1s' }) };
    const { breaker, clock } = setUp(options);
    feed(breaker, 'F');
    await clock.advance(1_000);
    feed(breaker, 'F');
    await clock.advance(2_000);
    const hung = admitted(breaker);
    const json = JSON.stringify(snapshotOf(breaker));

    const revived = new CircuitBreaker(options, { clock });
    restore(revived, JSON.parse(json));
    expect(healthOf(revived)).toMatchObject({ retryAfterMs: 0, reopenings: 1, probesInFlight: 0 });
    feed(revived, 'F');
    expect(revived.retryAfterMs).toBe(4_000);
    hung.succeed();
    expect(revived.retryAfterMs).toBe(4_000);
  });

  test('15: of 100 with at least 50 and a rate above 0.5, 24 S and 26 F open on the 50th only', () => {
    const detector = countWindow({ minCalls: 50, failureRate: 0.5, opensWhen: 'exceeded' });
    const { breaker } = setUp({ detector });
    feed(breaker, `${'S'.repeat(24)}${'F'.repeat(25)}`);
    expect(breaker.status).toBe('closed');
    feed(breaker, 'F');
    expect(breaker.status).toBe('open');

    const even = setUp({ detector }).breaker;
    feed(even, `${'S'.repeat(25)}${'F'.repeat(25)}`);
    expect(even.status).toBe('closed');
  });
});

describe('resilience4j', () => {
  test('16: F F F S S with at least 5 at 50% opens on the fifth call, although it succeeded', () => {
    const { breaker, events } = setUp({ detector: countWindow({ size: 5, minCalls: 5 }) });
    feed(breaker, 'FFFS');
    expect(healthOf(breaker)).toMatchObject({ status: 'closed', calls: 4, failureRate: 0.75 });
    feed(breaker, 'S');
    expect(breaker.status).toBe('open');
    expect(events.at(-1)).toMatchObject({ type: 'opened', reason: 'failure rate' });
  });

  test('17: 3 of 5 calls slower than 4 s open, although only 40% failed', async () => {
    const { breaker, clock, events } = setUp({
      detector: countWindow({ size: 5, minCalls: 5, slow: { over: '4s', rate: 0.5 } }),
    });
    for (const [ms, outcome] of [
      [4_001, 'S'],
      [4_000, 'F'],
      [5_000, 'S'],
      [1_000, 'F'],
      [6_000, 'S'],
    ] as const) {
      const permit = admitted(breaker);
      await clock.advance(ms);
      if (outcome === 'S') permit.succeed();
      else permit.fail();
    }
    expect(events.at(-1)).toMatchObject({ type: 'opened', reason: 'slow-call rate' });
  });

  test.each([
    ['FSSS', 'closed'],
    ['FFF', 'open'],
  ] as const)('18: of 4 probes, half of which may fail, %s: %s', async (outcomes, status) => {
    const { breaker, clock } = setUp({
      failureThreshold: 1,
      halfOpenProbes: 4,
      permittedFailureRate: 0.5,
    });
    feed(breaker, 'F');
    await clock.advance(60_000);
    feed(breaker, outcomes);
    expect(breaker.status).toBe(status);
  });

  test('18: of 4 probes 3 slow ones: open', async () => {
    const { breaker, clock } = setUp({
      detector: countWindow({ slow: { over: '1s', rate: 0.75 } }),
      halfOpenProbes: 4,
    });
    trip(breaker);
    await clock.advance(60_000);
    for (const ms of [1_001, 1_000, 1_001]) {
      const permit = admitted(breaker);
      await clock.advance(ms);
      permit.succeed();
    }
    expect(breaker.status).toBe('half-open');
    const last = admitted(breaker);
    await clock.advance(1_001);
    last.succeed();
    expect(breaker.status).toBe('open');
  });

  test('19: of 4 probes S S S and an ignored one leave it half-open; then F closes it at 25%', async () => {
    const { breaker, clock } = setUp({
      failureThreshold: 1,
      halfOpenProbes: 4,
      permittedFailureRate: 0.5,
    });
    feed(breaker, 'F');
    await clock.advance(60_000);
    feed(breaker, 'SSSX');
    expect(breaker.status).toBe('half-open');
    feed(breaker, 'F');
    expect(breaker.status).toBe('closed');
  });

  test('20: openings of 5 s that grow by 1.5: a probe at 6 s; the next is still refused at 6 s and goes at 11 s', async () => {
    const { breaker, clock } = setUp({
      failureThreshold: 1,
      openFor: growingOpen({ base: '5s', factor: 1.5 }),
    });
    feed(breaker, 'F');
    await clock.advance(6_000);
    feed(breaker, 'F');
    await clock.advance(6_000);
    expect(breaker.status).toBe('open');
    await clock.advance(5_000);
    expect(breaker.status).toBe('half-open');
  });

  test.each([
    ['open', undefined],
    ['open', 'open'],
    ['closed', 'closed'],
  ] as const)(
    '21: half-open for 1 s without a word it becomes %s (configured: %s)',
    async (status, configured) => {
      const { breaker, clock } = setUp({
        failureThreshold: 1,
        halfOpenMaxWait: atMost('1s', configured),
      });
      feed(breaker, 'F');
      await clock.advance(60_000);
      feed(breaker, 'X');
      await clock.advance(999);
      expect(breaker.status).toBe('half-open');
      await clock.advance(1);
      expect(breaker.status).toBe(status);
      expect(clock.pendingTimers).toBe(0);
    },
  );

  test('22: disabled it admits all and counts nothing; metrics-only it admits all and says once that it would have opened', () => {
    const { breaker, events } = setUp({ failureThreshold: 2 });
    setMode(breaker, 'disabled');
    feed(breaker, 'FFFFF');
    expect(healthOf(breaker)).toMatchObject({ status: 'disabled', failures: 0 });
    setMode(breaker, 'metrics-only');
    feed(breaker, 'FFFFF');
    expect(healthOf(breaker)).toMatchObject({ status: 'metrics-only', failures: 5 });
    expect(events.filter(({ type }) => type === 'threshold-exceeded')).toMatchObject([
      { reason: 'failures in a row' },
    ]);
  });

  test('23: a window of 5 s: calls at 0, 0.1 and 0.8 s are kept at 4.8 s and gone at 5.8 s', async () => {
    const { breaker, clock } = setUp({ detector: timeWindow({ span: '5s', buckets: 5 }) });
    feed(breaker, 'S');
    await clock.advance(100);
    feed(breaker, 'S');
    await clock.advance(700);
    feed(breaker, 'S');
    await clock.advance(4_000);
    expect(healthOf(breaker).calls).toBe(3);
    await clock.advance(1_000);
    expect(healthOf(breaker).calls).toBe(0);
  });
});

describe('Polly', () => {
  test('24: a window of 10 s in 10 buckets, two calls every 2 s', async () => {
    const { breaker, clock } = setUp({ detector: timeWindow({ span: '10s', minCalls: 1_000 }) });
    const seen: [number, number][] = [];
    for (const outcomes of ['FS', 'FS', 'SS', 'SS', 'SS', '']) {
      feed(breaker, outcomes);
      await clock.advance(2_000);
      seen.push([healthOf(breaker).calls, healthOf(breaker).failureRate]);
    }
    expect(seen).toEqual([
      [2, 0.5],
      [4, 0.5],
      [6, 1 / 3],
      [8, 0.25],
      [8, 0.125],
      [6, 0],
    ]);
  });

  test('25: at least 10 calls at a rate of 0.1: nine are too few, at ten the rate is reached and opens', () => {
    const { breaker } = setUp({ detector: timeWindow({ minCalls: 10, failureRate: 0.1 }) });
    feed(breaker, 'FSSSSSSSS');
    expect(breaker.status).toBe('closed');
    feed(breaker, 'S');
    expect(breaker.status).toBe('open');
  });

  test('26: over 5 failed recoveries, a close and 3 more the opening is asked for with 0 1 2 3 4 0 1 2', async () => {
    const asked: number[] = [];
    const { breaker, clock } = setUp({
      failureThreshold: 1,
      halfOpenProbes: 1,
      openFor: (reopenings) => {
        asked.push(reopenings);
        return 1_000;
      },
    });
    for (const outcome of 'FFFFFSFFF') {
      feed(breaker, outcome);
      await openFor(breaker, clock);
    }
    expect(asked).toEqual([0, 1, 2, 3, 4, 0, 1, 2]);
  });

  test('27: of 100 refusals each has the same stack and says when to come back', async () => {
    const { breaker } = setUp({ failureThreshold: 1 });
    feed(breaker, 'F');
    const refusals = await Promise.all(
      Array.from({ length: 100 }, () =>
        breaker.execute(() => 'not called').catch((error: unknown) => error as CircuitOpenError),
      ),
    );
    expect(new Set(refusals.map((error) => (error as CircuitOpenError).stack)).size).toBe(1);
    expect(new Set(refusals.map((error) => (error as CircuitOpenError).retryAfterMs))).toEqual(
      new Set([60_000]),
    );
  });
});
