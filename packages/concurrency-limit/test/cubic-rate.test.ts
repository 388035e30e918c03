import { VirtualClock } from '@chimera/policy';
import { describe, expect, test } from 'vitest';
import {
  cubicGrowth,
  cubicRate,
  isThrottling,
  RateLimit,
  restore,
  snapshotOf,
} from '../src/index.ts';

const throttling = Object.assign(new Error('slow down'), { name: 'ThrottlingException' });

describe('the published numbers of the adaptive mode of the AWS SDKs', () => {
  test.each([
    [0, 7],
    [1, 9.648_936_01],
    [2, 10.000_030_85],
    [3, 10.453_284_52],
    [4, 13.408_697_03],
    [5, 21.266_268_36],
    [6, 36.425_998_53],
  ])(
    'scenario 42: %d s after it was throttled at 10 per second, the rate is %d',
    (seconds, rate) => {
      // The published numbers are rounded on the way.
      expect(cubicGrowth(10, seconds)).toBeCloseTo(rate, 7);
    },
  );

  test('a history of answers gives the published rates', () => {
    const rule = cubicRate();
    let state = rule.initial(0);
    const history = [
      [false, 0.2, 0, 0.5],
      [false, 0.4, 0, 0.5],
      [false, 0.6, 4.8, 0.5],
      [false, 0.8, 4.8, 0.5],
      [false, 1, 4.16, 0.5],
      [false, 1.2, 4.16, 0.6912],
      [false, 1.4, 4.16, 1.0976],
      [false, 1.6, 5.632, 1.6384],
      [false, 1.8, 5.632, 2.3328],
      [true, 2, 4.3264, 3.02848],
      [false, 2.2, 4.3264, 3.486639],
      [false, 2.4, 4.3264, 3.821874],
      [false, 2.6, 5.66528, 4.053386],
      [false, 2.8, 5.66528, 4.200373],
      [false, 3, 4.333056, 4.282037],
      [true, 3.2, 4.333056, 2.997426],
      [false, 3.4, 4.333056, 3.452226],
    ] as const;
    for (const [isThrottled, seconds, measuredRate, rate] of history) {
      state = rule.answered?.(state, seconds * 1_000, isThrottled, throttling) ?? state;
      expect(state.measuredRate).toBeCloseTo(measuredRate, 6);
      expect(state.rate).toBeCloseTo(rate, 6);
    }
  });

  test.each([
    [0.5, 892.857_142_857],
    [1, 1_785.714_285_714],
    [2, 2_000],
  ])('throttled at the first answer, after %d s, the next call waits %d ms', (seconds, waitMs) => {
    const rule = cubicRate();
    const at = seconds * 1_000;
    const state = rule.answered?.(rule.initial(0), at, true, throttling);
    expect(state && rule.waitMs(state, at, 0)).toBeCloseTo(waitMs, 6);
  });
});

describe('a rate limit that finds its rate', () => {
  test('limits nothing until a call was throttled, and spreads calls from then on', async () => {
    const clock = new VirtualClock();
    const limit = new RateLimit({ rule: cubicRate(), maxWait: '1m' }, { clock });
    for (let call = 0; call < 50; call += 1) {
      await limit.execute(() => call);
      await clock.advance(20);
    }
    expect(limit.available).toBe(Infinity);
    await expect(limit.execute(() => Promise.reject(throttling))).rejects.toBe(throttling);
    expect(limit.available).toBe(0);
    const times: number[] = [];
    const calls = Array.from({ length: 5 }, () =>
      limit.execute(() => times.push(clock.monotonic())),
    );
    await clock.advance(10_000);
    await Promise.all(calls);
    expect(new Set(times).size).toBe(5);
    expect(clock.pendingTimers).toBe(0);
  });

  test('settles near what the other side takes', async () => {
    const clock = new VirtualClock();
    const limit = new RateLimit({ rule: cubicRate(), maxWait: '2s' }, { clock });
    const taken = { rate: 10, tokens: 10, at: 0, accepted: 0, throttled: 0 };
    const serve = () => {
      const now = clock.monotonic();
      taken.tokens = Math.min(10, taken.tokens + ((now - taken.at) / 1_000) * taken.rate);
      taken.at = now;
      if (taken.tokens < 1) {
        taken.throttled += 1;
        throw throttling;
      }
      taken.tokens -= 1;
      taken.accepted += 1;
    };
    for (let step = 0; step < 1_200; step += 1) {
      for (let i = 0; i < 3; i += 1) limit.execute(serve).catch(() => {});
      await clock.advance(100);
    }
    // 30 calls come each second for two minutes, and 10 of them are taken.
    expect(taken.accepted).toBeGreaterThan(0.8 * 1_200);
    expect(taken.throttled).toBeLessThan(0.2 * taken.accepted);
  });

  test('does not learn from calls that their callers gave up on', async () => {
    const clock = new VirtualClock();
    const limit = new RateLimit({ rule: cubicRate() }, { clock });
    const caller = new AbortController();
    const call = limit.execute(
      ({ signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(throttling));
        }),
      { signal: caller.signal },
    );
    const before = snapshotOf(limit);
    caller.abort(new Error('enough'));
    await expect(call).rejects.toThrow('enough');
    await clock.advance(0);
    expect(snapshotOf(limit)).toEqual(before);
  });

  test('goes on in another process where it was', async () => {
    const clock = new VirtualClock(5_000);
    const limit = new RateLimit({ rule: cubicRate() }, { clock });
    await clock.advance(700);
    await limit.execute(() => Promise.reject(throttling)).catch(() => {});
    const later = new VirtualClock(5_700);
    const other = new RateLimit({ rule: cubicRate() }, { clock: later });
    restore(other, JSON.parse(JSON.stringify(snapshotOf(limit))));
    expect(other.retryAfterMs).toBe(limit.retryAfterMs);
    await Promise.all([clock.advance(500), later.advance(500)]);
    expect(other.retryAfterMs).toBe(limit.retryAfterMs);
    expect(other.retryAfterMs).toBeGreaterThan(0);
  });
});

test.each([
  [{ status: 429 }, true],
  [{ statusCode: 429 }, true],
  [throttling, true],
  [{ name: 'TooManyRequestsException' }, true],
  [{ name: 'SlowDown' }, true],
  [{ status: 503 }, false],
  [new Error('throttling'), false],
  ['throttling', false],
  [null, false],
])('%j is throttling: %s', (error, expected) => {
  expect(isThrottling(error)).toBe(expected);
});

test('throttledIf decides otherwise', async () => {
  const rule = cubicRate({ throttledIf: (error) => error === 'busy' });
  const limit = new RateLimit({ rule }, { clock: new VirtualClock() });
  await limit.execute(() => Promise.reject(throttling)).catch(() => {});
  expect(limit.available).toBe(Infinity);
  // eslint-disable-next-line typescript/prefer-promise-reject-errors
  await limit.execute(() => Promise.reject('busy')).catch(() => {});
  expect(limit.available).toBe(0);
});
