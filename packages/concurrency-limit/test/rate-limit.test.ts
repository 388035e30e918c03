import { invoke, isRejection, pipeline, type Policy, safe, VirtualClock } from '@chimera/policy';
import { describe, expect, expectTypeOf, test, vi } from 'vitest';
import {
  RateLimit,
  RateLimitedError,
  type RateLimitEvent,
  type RateLimitOptions,
  type RateRule,
  slidingWindow,
  tokenBucket,
  restore,
  snapshotOf,
} from '../src/index.ts';
import { deferred } from './deferred.ts';
import { WatchedCall } from './watched-call.ts';

function started(options: RateLimitOptions) {
  const clock = new VirtualClock(1_700_000_000_000);
  const events: RateLimitEvent[] = [];
  const limit = new RateLimit(options, { clock, onEvent: (event) => events.push(event) });
  /** When each call was made, or 'refused'. */
  const times: (number | string)[] = [];
  const call = (signal?: AbortSignal) => {
    const index = times.push('waiting') - 1;
    limit
      .execute(() => (times[index] = clock.monotonic()), signal === undefined ? {} : { signal })
      .catch((error: unknown) => (times[index] = isRejection(error) ? 'refused' : 'aborted'));
  };
  const calls = (count: number) => {
    for (let i = 0; i < count; i += 1) call();
  };
  return { limit, clock, events, times, call, calls };
}

describe('a token bucket', () => {
  test('lets a burst through, then one call for each token that drops in', async () => {
    const rule = tokenBucket({ rate: 10, per: '1s', burst: 3 });
    const { calls, times, clock } = started({ rule, maxWait: '1h' });
    calls(5);
    await clock.advance(1_000);
    expect(times).toEqual([0, 0, 0, 100, 200]);
  });

  test('is never fuller than its burst, however long the pause', async () => {
    const { limit, calls, times, clock } = started({ rule: tokenBucket({ rate: 2 }) });
    expect(limit.available).toBe(2);
    calls(2);
    expect(limit.available).toBe(0);
    await clock.advance(499);
    expect(limit.available).toBe(0);
    await clock.advance(1);
    expect(limit.available).toBe(1);
    await clock.advance(3_600_000);
    expect(limit.available).toBe(2);
    calls(3);
    await clock.advance(0);
    expect(times.slice(2)).toEqual([3_600_500, 3_600_500, 'refused']);
  });

  test('scenario 49: smooth reservations of one each 500 ms wait 3000 ms, then 3700 ms', async () => {
    const rule = tokenBucket({ rate: 1, per: 500, burst: 1 });
    const { calls, times, clock } = started({ rule, maxWait: '1m' });
    calls(7);
    await clock.advance(800);
    calls(3);
    await clock.advance(60_000);
    expect(times[6]).toBe(3_000);
    expect(times[9]).toBe(800 + 3_700);
    expect(times).toEqual([0, 500, 1_000, 1_500, 2_000, 2_500, 3_000, 3_500, 4_000, 4_500]);
  });

  test('scenario 50: one at once, one reserved, one denied; a full permit five cycles later', async () => {
    const cycle = 250;
    const rule = tokenBucket({ rate: 1, per: cycle, burst: 1 });
    const { limit, calls, times, clock } = started({ rule, maxWait: cycle });
    await clock.advance(cycle);
    calls(1);
    expect(limit).toMatchObject({ available: 0, retryAfterMs: cycle, waiting: 0 });
    calls(1);
    expect(limit).toMatchObject({ available: -1, retryAfterMs: 2 * cycle, waiting: 1 });
    calls(1);
    expect(limit).toMatchObject({ available: -1, retryAfterMs: 2 * cycle, waiting: 1 });
    await clock.advance(5 * cycle);
    expect(times).toEqual([cycle, 2 * cycle, 'refused']);
    expect(limit).toMatchObject({ available: 1, retryAfterMs: 0, waiting: 0 });
  });
});

describe('a sliding window', () => {
  test('has no border at which twice as many go through', async () => {
    const rule = slidingWindow({ max: 3, per: '1s', buckets: 10 });
    const { calls, times, clock } = started({ rule });
    await clock.advance(950);
    calls(3);
    await clock.advance(100);
    calls(1);
    await clock.advance(949);
    calls(1);
    await clock.advance(51);
    calls(4);
    await clock.advance(0);
    // Made within one bucket of 100 ms, they stay for 1100 ms.
    const [, , , second, third] = times;
    expect([second, third]).toEqual(['refused', 'refused']);
    expect(times.slice(5)).toEqual([2_050, 2_050, 2_050, 'refused']);
  });

  test('tells when there is room again, also for those behind others', async () => {
    const rule = slidingWindow({ max: 2, per: 1_000, buckets: 10 });
    const { calls, times, clock, limit } = started({ rule, maxWait: '1m' });
    calls(1);
    await clock.advance(300);
    calls(4);
    expect(limit).toMatchObject({ waiting: 3, available: -3 });
    await clock.advance(5_000);
    expect(times).toEqual([0, 300, 1_100, 1_400, 2_200]);
  });

  test('keeps no more than its buckets, whatever the traffic', async () => {
    const rule = slidingWindow({ max: 100_000, per: '1s', buckets: 5 });
    const { calls, limit, clock } = started({ rule });
    for (let i = 0; i < 400; i += 1) {
      calls(10);
      await clock.advance(9);
      expect((snapshotOf(limit).state as readonly unknown[]).length).toBeLessThanOrEqual(7);
    }
  });
});

describe('a refusal', () => {
  test('says when to come again; whoever comes then is let in', async () => {
    const { limit, clock } = started({ name: 'mail', rule: tokenBucket({ rate: 3, burst: 1 }) });
    expect(limit.tryAcquire()).toBe(true);
    const operation = vi.fn();
    const error = await limit.execute(operation).catch((error: unknown) => error);
    expect(error).toBeInstanceOf(RateLimitedError);
    expect(error).toMatchObject({
      name: 'RateLimitedError',
      code: 'RATE_LIMITED',
      isRejection: true,
      limit: 'mail',
      retryAfterMs: 334,
      message: 'Rate limit "mail" is used up; retry in 334 ms',
    });
    expect(operation).not.toHaveBeenCalled();
    await clock.advance(333);
    expect(limit.tryAcquire()).toBe(false);
    await clock.advance(1);
    expect(limit.tryAcquire()).toBe(true);
  });

  test('counts what a caller may wait', async () => {
    const rule = tokenBucket({ rate: 1, burst: 1 });
    const { limit, calls, clock } = started({ rule, maxWait: '2s' });
    calls(3);
    const retryAfterMs = 1_000;
    await expect(limit.execute(() => 1)).rejects.toMatchObject({ retryAfterMs });
    await clock.advance(retryAfterMs);
    const accepted = limit.execute(() => 'in turn');
    await clock.advance(2_000);
    await expect(accepted).resolves.toBe('in turn');
  });

  test('comes at once when the deadline is nearer than the turn', async () => {
    const { limit, calls } = started({ rule: tokenBucket({ rate: 1, burst: 1 }), maxWait: '1m' });
    calls(1);
    await expect(limit.execute(() => 1, { deadline: 999 })).rejects.toMatchObject({
      code: 'RATE_LIMITED',
      retryAfterMs: 1_000,
    });
    void limit.execute(() => 1, { deadline: 1_000 });
    expect(limit.waiting).toBe(1);
  });
});

describe('waiting', () => {
  test('whoever gives up settles now, and their turn goes to the next', async () => {
    const rule = tokenBucket({ rate: 1, burst: 1 });
    const { call, calls, times, clock, limit } = started({ rule, maxWait: '1m' });
    const caller = new AbortController();
    calls(1);
    call(caller.signal);
    calls(2);
    caller.abort(new Error('enough'));
    await clock.advance(0);
    expect(times).toEqual([0, 'aborted', 'waiting', 'waiting']);
    expect(limit.waiting).toBe(2);
    await clock.advance(5_000);
    expect(times).toEqual([0, 'aborted', 1_000, 2_000]);
  });

  test('a timer runs while somebody waits, and only then', async () => {
    const rule = tokenBucket({ rate: 1, burst: 1 });
    const { call, calls, clock } = started({ rule, maxWait: '1m' });
    calls(1);
    expect(clock.pendingTimers).toBe(0);
    calls(3);
    expect(clock.pendingTimers).toBe(1);
    await clock.advance(3_000);
    expect(clock.pendingTimers).toBe(0);
    const caller = new AbortController();
    call(caller.signal);
    expect(clock.pendingTimers).toBe(1);
    caller.abort(new Error('enough'));
    expect(clock.pendingTimers).toBe(0);
  });

  test('a pre-aborted call takes no turn', async () => {
    const { limit } = started({ rule: tokenBucket({ rate: 1 }) });
    const reason = new Error('too late');
    const signal = AbortSignal.abort(reason);
    await expect(limit.execute(() => 1, { signal })).rejects.toBe(reason);
    expect(limit.available).toBe(1);
  });

  test('a call that makes another one in its turn does not upset the order', async () => {
    const { limit, clock } = started({ rule: tokenBucket({ rate: 1, burst: 1 }), maxWait: '1m' });
    const order: string[] = [];
    const calls = [
      limit.execute(() => {}),
      limit.execute(() => {
        order.push('first');
        return limit.execute(() => order.push('of the first'));
      }),
      limit.execute(() => order.push('second')),
    ];
    await clock.advance(5_000);
    await Promise.all(calls);
    expect(order).toEqual(['first', 'second', 'of the first']);
  });

  test('a listener that looks at what is left does not upset the order', async () => {
    const rule = slidingWindow({ max: 3, buckets: 1 });
    const { limit, clock } = started({ rule, maxWait: '1h' });
    const left: number[] = [];
    limit.subscribe(({ type }) => {
      if (type === 'admitted') left.push(limit.available);
    });
    const order: number[] = [];
    for (let call = 0; call < 6; call += 1) void limit.execute(() => order.push(call));
    await clock.advance(2_000);
    expect(order).toEqual([0, 1, 2, 3, 4, 5]);
    expect(left).toEqual([2, 1, 0, 0, 0, 0]);
  });

  test('an operation that looks at what is left is told of before it runs, and before the next', async () => {
    const rule = slidingWindow({ max: 2, buckets: 1 });
    const { limit, clock } = started({ rule, maxWait: '1h' });
    const seen: string[] = [];
    limit.subscribe((event) => {
      if (event.type === 'admitted') seen.push(`told of ${event.waitedMs} ms`);
    });
    for (let call = 0; call < 4; call += 1)
      void limit.execute(() => seen.push(`${call} leaves ${limit.available}`));
    await clock.advance(2_000);
    expect(seen.slice(-4)).toEqual([
      'told of 2000 ms',
      '2 leaves 0',
      'told of 2000 ms',
      '3 leaves 0',
    ]);
  });

  test('a call whose turn came is no longer listened to', async () => {
    const { limit, clock } = started({ rule: tokenBucket({ rate: 1, burst: 1 }), maxWait: '1m' });
    const work = deferred();
    const call = new WatchedCall(() => work.promise);
    limit.tryAcquire();
    const waited = limit.run(call, invoke);
    expect(call.listening).toBe(1);
    await clock.advance(1_000);
    expect(call.listening).toBe(0);
    work.resolve();
    await waited;
  });

  test('an answer that makes the rule open sooner moves the turns of those who wait', async () => {
    const rule: RateRule<number> = {
      shape: 'opened by the first answer',
      initial: () => 60_000,
      waitMs: (opensAt, at, ahead) => (ahead === 0 && at === 0 ? 0 : Math.max(0, opensAt - at)),
      taken: (opensAt) => opensAt,
      available: () => 0,
      moved: (opensAt) => opensAt,
      answered: (_opensAt, at) => at + 100,
    };
    const { limit, clock } = started({ rule, maxWait: '1h' });
    const work = deferred();
    const first = limit.execute(() => work.promise);
    await clock.advance(1_000);
    const second = limit.execute(() => clock.monotonic());
    work.resolve();
    await first;
    await clock.advance(100);
    await expect(second).resolves.toBe(1_100);
  });

  test('a caller that comes when the timer is late goes behind those whose turn it was', async () => {
    const clock = new VirtualClock();
    let lateness = 0;
    const lateClock = {
      now: () => clock.now(),
      monotonic: () => clock.monotonic() + lateness,
      setTimer: clock.setTimer.bind(clock),
    };
    const rule = tokenBucket({ rate: 1, burst: 2 });
    const limit = new RateLimit({ rule, maxWait: '1m' }, { clock: lateClock });
    const order: string[] = [];
    const calls = ['a', 'b', 'waiting'].map((name) => limit.execute(() => order.push(name)));
    lateness = 2_500;
    calls.push(limit.execute(() => order.push('newcomer')));
    await Promise.all(calls);
    expect(order).toEqual(['a', 'b', 'waiting', 'newcomer']);
    expect(clock.pendingTimers).toBe(0);
  });
});

describe('what can be seen', () => {
  test('events tell of every step', async () => {
    const rule = tokenBucket({ rate: 1, burst: 1 });
    const { events, calls, clock } = started({ name: 'mail', rule, maxWait: '1s' });
    calls(3);
    await clock.advance(1_000);
    const at = 1_700_000_000_000;
    const policy = 'mail';
    expect(events).toEqual([
      { type: 'admitted', policy, at, waitedMs: 0 },
      { type: 'queued', policy, at, waitMs: 1_000, waiting: 1 },
      { type: 'rejected', policy, at, retryAfterMs: 1_000 },
      { type: 'admitted', policy, at: at + 1_000, waitedMs: 1_000 },
    ]);
  });

  test('a listener that throws changes nothing; one that unsubscribed hears nothing', async () => {
    const complaints = vi.spyOn(console, 'error').mockImplementation(() => {});
    const limit = new RateLimit({ rule: tokenBucket({ rate: 2 }) });
    const unsubscribe = limit.subscribe(() => {
      throw new Error('a listener with a bug');
    });
    await expect(limit.execute(() => 1)).resolves.toBe(1);
    unsubscribe();
    await expect(limit.execute(() => 2)).resolves.toBe(2);
    expect(complaints).toHaveBeenCalledTimes(1);
    complaints.mockRestore();
  });

  test('a report tells how long a call waited, and why it was refused', async () => {
    const rule = tokenBucket({ rate: 1, burst: 1 });
    const { limit, calls, clock } = started({ name: 'mail', rule, maxWait: '1s' });
    calls(1);
    const waited = safe(limit, () => 1);
    const { report: refused } = await safe(limit, () => 1);
    await clock.advance(1_000);
    const { report } = await waited;
    expect(report).toMatchObject({ attempts: 1, waitedMs: 1_000, decidedBy: 'operation' });
    expect(refused).toMatchObject({
      attempts: 0,
      decidedBy: 'mail',
      reason: 'Rate limit "mail" is used up; retry in 1000 ms',
    });
  });
});

describe('snapshots', () => {
  test.each([
    ['a token bucket', () => tokenBucket({ rate: 4, per: '10s' })],
    ['a sliding window', () => slidingWindow({ max: 4, per: '10s' })],
  ])('what was used stays used in another process: %s', async (_what, rule) => {
    const { limit, calls, clock } = started({ rule: rule() });
    await clock.advance(12_345);
    calls(4);
    const snapshot = JSON.parse(JSON.stringify(snapshotOf(limit)));
    expect(snapshot).toMatchObject({ name: 'rate-limit', takenAt: 1_700_000_012_345, waiting: 0 });
    const later = new VirtualClock(1_700_000_013_345);
    const other = new RateLimit({ rule: rule() }, { clock: later });
    expect(other.available).toBe(4);
    restore(other, snapshot);
    await clock.advance(1_000);
    expect(other.available).toBe(0);
    expect(other.retryAfterMs).toBe(limit.retryAfterMs);
  });

  test.each([
    ['a token bucket', () => tokenBucket({ rate: 4, per: '10s' }), 10_000],
    ['a sliding window', () => slidingWindow({ max: 4, per: '10s' }), 10_500],
  ])('a wall clock that was set back locks nobody out: %s', (_what, rule, longestMs) => {
    const { limit, calls } = started({ rule: rule() });
    calls(4);
    const early = new VirtualClock(1_000_000_000_000);
    const other = new RateLimit({ rule: rule() }, { clock: early });
    restore(other, snapshotOf(limit));
    expect(other.available).toBe(0);
    expect(other.retryAfterMs).toBeLessThanOrEqual(longestMs);
  });

  test.each([
    ['without its instant', { takenAt: undefined }],
    ['without its state', { state: {} }],
    ['with a state that is no number', { state: { fullAt: 'soon' } }],
  ])('a damaged one %s opens nothing and shuts nothing', async (_what, damage) => {
    const { limit, calls } = started({ rule: tokenBucket({ rate: 4 }) });
    calls(4);
    const other = new RateLimit({ rule: limit.rule }, { clock: limit.clock });
    restore(other, { ...snapshotOf(limit), ...damage } as never);
    expect(other.tryAcquire()).toBe(true);
    for (let call = 0; call < 3; call += 1) await other.execute(() => call);
    await expect(other.execute(() => 4)).rejects.toThrow(RateLimitedError);
    expect(other.retryAfterMs).toBe(250);
  });

  test.each([
    ['no list', {}],
    ['nothing', null],
    ['a list of nothing', [null]],
    ['a count that is missing', [{ from: 0 }]],
    ['a count that is no number', [{ from: 0, calls: 'two' }]],
    ['a count beyond its bound', [{ from: 0, calls: 1e9 }]],
  ])('a damaged one of a sliding window, %s, opens nothing and shuts nothing', (_what, state) => {
    const { limit, calls } = started({ rule: slidingWindow({ max: 4 }) });
    calls(4);
    const other = new RateLimit({ rule: limit.rule }, { clock: limit.clock });
    restore(other, { ...snapshotOf(limit), state });
    expect([1, 2, 3, 4, 5].map(() => other.tryAcquire())).toEqual([true, true, true, true, false]);
  });

  test('a snapshot of another rule is not taken up', () => {
    const { limit, calls } = started({ rule: slidingWindow({ max: 4 }) });
    calls(4);
    const other = new RateLimit({ rule: tokenBucket({ rate: 4 }) });
    restore(other, snapshotOf(limit));
    expect(other.available).toBe(4);
  });
});

describe('wrong options and wrong neighbours', () => {
  test.each([
    [() => tokenBucket({ rate: 0 }), 'rate must be a number from 0.000001 to 1000000, got 0'],
    [() => tokenBucket({ rate: 1, burst: 0 }), 'burst must be an integer from 1 to 1000000, got 0'],
    [
      () => tokenBucket({ rate: 1, per: 0 }),
      "per must be a duration >= 1 (ms, '2s', '5m', '1h'), got 0",
    ],
    [() => slidingWindow({ max: 0 }), 'max must be an integer from 1 to 1000000, got 0'],
    [
      () => slidingWindow({ max: 1, buckets: 0 }),
      'buckets must be an integer from 1 to 1000, got 0',
    ],
    [
      () => new RateLimit({ rule: tokenBucket({ rate: 1 }), maxWait: -1 }),
      "maxWait must be a duration >= 0 (ms, '2s', '5m', '1h'), got -1",
    ],
  ])('are refused (%#)', (make, message) => {
    expect(make).toThrow(new RangeError(`concurrency-limit: ${message}`));
  });

  test('a policy below that throws instead of rejecting does not stop the turns of others', async () => {
    const { limit, clock } = started({ rule: tokenBucket({ rate: 1, burst: 1 }), maxWait: '1m' });
    const broken: Policy = {
      execute: () => Promise.reject(new Error('not used')),
      run: () => {
        throw new Error('broken');
      },
    };
    const policy = pipeline(limit, broken);
    const calls = [1, 2, 3].map((value) =>
      policy.execute(() => value).catch((error: unknown) => error),
    );
    await clock.advance(2_000);
    for (const call of calls) expect(await call).toMatchObject({ message: 'broken' });
    expectTypeOf(limit).toExtend<Policy>();
  });
});
