import { describe, expect, test } from 'vitest';
import {
  cubicRate,
  type CubicRateState,
  isThrottling,
  slidingWindow,
  tokenBucket,
} from '../src/index.ts';

const throttling = Object.assign(new Error('no'), { name: 'ThrottlingException' });

test('stored rates are taken up by rules of the same figures only', () => {
  const shapes = [
    cubicRate(),
    tokenBucket({ rate: 10 }),
    tokenBucket({ rate: 10, burst: 3 }),
    tokenBucket({ rate: 10, per: '2s' }),
    slidingWindow({ max: 10 }),
    slidingWindow({ max: 11 }),
    slidingWindow({ max: 10, per: '2s' }),
    slidingWindow({ max: 10, buckets: 10 }),
  ].map(({ shape }) => shape);
  expect(shapes).toEqual([
    'cubic rate',
    'token bucket of 10, one each 100 ms',
    'token bucket of 3, one each 100 ms',
    'token bucket of 10, one each 200 ms',
    'sliding window of 10 in 1000 ms, counted by 50 ms',
    'sliding window of 11 in 1000 ms, counted by 50 ms',
    'sliding window of 10 in 2000 ms, counted by 100 ms',
    'sliding window of 10 in 1000 ms, counted by 100 ms',
  ]);
});

describe('a token bucket of 3, one each 100 ms', () => {
  const rule = tokenBucket({ rate: 10, burst: 3 });

  test('is full at first: three go at once, and the next each 100 ms', () => {
    const state = rule.initial(500);
    expect(rule.available(state, 500)).toBe(3);
    expect([0, 2, 3, 4].map((ahead) => rule.waitMs(state, 500, ahead))).toEqual([0, 0, 100, 200]);
  });

  test.each([
    [0, 0, 300],
    [199, 0, 101],
    [200, 0, 100],
    [201, 0, 99],
    [299, 0, 1],
    [300, 1, 0],
    [399, 1, 0],
    [400, 2, 0],
    [499, 2, 0],
    [500, 3, 0],
    [900, 3, 0],
  ])(
    'which is full again at 500 has at %d %d tokens, and makes wait %d ms',
    (at, tokens, waitMs) => {
      const state = { fullAt: 500 };
      expect(rule.available(state, at)).toBe(tokens);
      expect(rule.waitMs(state, at, 0)).toBe(waitMs);
    },
  );

  test('a call takes its token from when the bucket was full', () => {
    expect(rule.taken({ fullAt: 500 }, 450)).toEqual({ fullAt: 600 });
    expect(rule.taken({ fullAt: 500 }, 650)).toEqual({ fullAt: 750 });
  });

  test('moved to another clock it is empty at most', () => {
    expect(rule.moved({ fullAt: 500 }, 50, 1_000)).toEqual({ fullAt: 550 });
    expect(rule.moved({ fullAt: 500 }, 9_000, 1_000)).toEqual({ fullAt: 1_300 });
  });

  test('the burst is the rate without its fraction, and at least 1, unless told otherwise', () => {
    const full = [0.5, 2.9, 7].map((rate) => {
      const bucket = tokenBucket({ rate });
      return bucket.available(bucket.initial(0), 0);
    });
    expect(full).toEqual([1, 2, 7]);
  });

  test('the rate is that of a minute when told so', () => {
    const bucket = tokenBucket({ rate: 30, per: '1m', burst: 1 });
    expect(bucket.waitMs(bucket.initial(0), 0, 1)).toBe(2_000);
  });
});

describe('a sliding window of 3 in 1 s, counted by 100 ms', () => {
  const rule = slidingWindow({ max: 3, per: '1s', buckets: 10 });

  test('counts calls together that come within 100 ms of the first', () => {
    const one = rule.taken([], 0);
    expect(rule.taken(one, 99)).toEqual([{ from: 0, calls: 2 }]);
    expect(rule.taken(one, 100)).toEqual([
      { from: 0, calls: 1 },
      { from: 100, calls: 1 },
    ]);
    const two = [
      { from: 0, calls: 1 },
      { from: 500, calls: 1 },
    ];
    expect(rule.taken(two, 550)).toEqual([
      { from: 0, calls: 1 },
      { from: 500, calls: 2 },
    ]);
  });

  test('lets a bucket go when the whole of it is a second old', () => {
    const state = [
      { from: 0, calls: 2 },
      { from: 500, calls: 1 },
    ];
    expect([1_099, 1_100, 1_599, 1_600].map((at) => rule.available(state, at))).toEqual([
      0, 2, 2, 3,
    ]);
    expect(rule.taken(state, 1_100)).toEqual([
      { from: 500, calls: 1 },
      { from: 1_100, calls: 1 },
    ]);
  });

  test.each([
    [0, 0],
    [1, 500],
    [2, 1_000],
    [3, 1_100],
    [4, 1_600],
    [5, 2_100],
    [6, 2_200],
  ])('with one call of 600 ms ago and one of 100, %d calls ahead wait %d ms', (ahead, waitMs) => {
    const state = [
      { from: 0, calls: 1 },
      { from: 500, calls: 1 },
    ];
    expect(rule.waitMs(state, 600, ahead)).toBe(waitMs);
  });

  test('moved to another clock, no call lies in the future', () => {
    const state = [{ from: 500, calls: 2 }];
    expect(rule.moved(state, 50, 1_000)).toEqual([{ from: 550, calls: 2 }]);
    expect(rule.moved(state, 9_000, 1_000)).toEqual([{ from: 1_000, calls: 2 }]);
  });

  test('is one of 1 s counted by 50 ms unless told otherwise', () => {
    const state = slidingWindow({ max: 1 }).taken([], 0);
    expect(slidingWindow({ max: 1 }).waitMs(state, 0, 0)).toBe(1_050);
  });
});

describe('a cubic rate', () => {
  const rule = cubicRate();
  const state: CubicRateState = {
    isLimiting: true,
    tokens: 3,
    tokensAt: 1_000,
    rate: 10,
    throttledRate: 10,
    throttledAt: 1_000,
    measuredRate: 10,
    countedFrom: 1_500,
    counted: 0,
  };
  const answered = (from: CubicRateState, at: number, error?: unknown) =>
    rule.answered?.(from, at, error !== undefined, error) ?? from;

  test('has the tokens that have come, for a second at most', () => {
    expect([500, 1_000, 1_500, 1_700, 9_000].map((at) => rule.available(state, at))).toEqual([
      3, 3, 8, 10, 10,
    ]);
  });

  test('keeps one token however slow it is', () => {
    const slow = { ...state, rate: 0.5, tokens: 0 };
    expect([2_999, 3_000, 60_000].map((at) => rule.available(slow, at))).toEqual([0, 1, 1]);
    expect([0, 2].map((ahead) => rule.waitMs(slow, 1_000, ahead))).toEqual([2_000, 6_000]);
  });

  test('makes calls wait for what is missing', () => {
    expect([0, 2, 3, 4].map((ahead) => rule.waitMs(state, 1_000, ahead))).toEqual([0, 0, 100, 200]);
  });

  test('does not wait for what rounding has left of a token', () => {
    const nearly = { ...state, tokens: 1 - 1e-10 };
    expect(rule.waitMs(nearly, 1_000, 0)).toBe(0);
    expect(rule.available(nearly, 1_000)).toBe(1);
  });

  test('a call takes a token once calls are limited, and nothing before', () => {
    expect(rule.taken(state, 1_500)).toEqual({ ...state, tokens: 7, tokensAt: 1_500 });
    const free = rule.initial(0);
    expect(rule.taken(free, 500)).toBe(free);
    expect(rule.waitMs(free, 500, 1_000)).toBe(0);
    expect(rule.available(free, 500)).toBe(Infinity);
  });

  test('moved to another clock, none of its instants lies in the future', () => {
    expect(rule.moved(state, 500, 9_000)).toEqual({
      ...state,
      tokensAt: 1_500,
      throttledAt: 1_500,
      countedFrom: 2_000,
    });
    expect(rule.moved(state, 5_000, 1_200)).toEqual({
      ...state,
      tokensAt: 1_200,
      throttledAt: 1_200,
      countedFrom: 1_200,
    });
  });

  test('throttled, it falls to 0.7 of the rate it had, and keeps no more tokens than that', () => {
    expect(answered(state, 1_500, throttling)).toMatchObject({
      isLimiting: true,
      throttledRate: 10,
      throttledAt: 1_500,
      rate: 7,
      tokens: 7,
      tokensAt: 1_500,
      counted: 1,
    });
  });

  test('throttled while slower than measured, it falls from the slower rate', () => {
    const slower = { ...state, rate: 4 };
    expect(answered(slower, 1_500, throttling)).toMatchObject({ throttledRate: 4, rate: 2.8 });
  });

  test('throttled for the first time, it falls from the measured rate and has no token', () => {
    const free = { ...state, isLimiting: false, rate: 0.5, tokens: 5 };
    expect(answered(free, 1_500, throttling)).toMatchObject({
      isLimiting: true,
      throttledRate: 10,
      rate: 7,
      tokens: 0,
    });
  });

  test('never falls under one call in two seconds, and keeps a token then', () => {
    const idle = { ...state, measuredRate: 0.2 };
    expect(answered(idle, 1_500, throttling)).toMatchObject({ rate: 0.5, tokens: 1 });
  });

  test('grows after any other error as after a result, and to twice what is measured at most', () => {
    const later = { ...state, countedFrom: 11_000 };
    const after = answered(later, 11_000, new Error('down'));
    expect(after).toEqual(answered(later, 11_000));
    expect(after).toMatchObject({ rate: 20, throttledAt: 1_000, throttledRate: 10 });
  });

  test('measures in half seconds: the latest weighs four times the ones before', () => {
    const counting = { ...state, counted: 4, countedFrom: 1_000 };
    expect(answered(counting, 1_499)).toMatchObject({ measuredRate: 10, counted: 5 });
    // Five answers within half a second are ten in a second; within one and a half, 3.33.
    expect(answered(counting, 1_500)).toMatchObject({ countedFrom: 1_500, counted: 0 });
    expect(answered(counting, 1_500).measuredRate).toBeCloseTo(10, 9);
    expect(answered(counting, 2_700).measuredRate).toBeCloseTo(0.8 * (5 / 1.5) + 2, 9);
  });
});

test.each([
  [{ name: 'Too Many Requests' }, true],
  [{ name: 'Slow Down' }, true],
  [{ name: 'RequestThrottled' }, true],
  [{ name: 'Error', status: 430, statusCode: 430 }, false],
  [{ name: 42 }, false],
  [undefined, false],
])('%j is throttling: %s', (error, expected) => {
  expect(isThrottling(error)).toBe(expected);
});

test.each([
  ['rate must be a number', () => tokenBucket({ rate: 0 })],
  ['per must be a duration >= 1', () => tokenBucket({ rate: 1, per: 0 })],
  ['burst must be an integer from 1 to 1000000', () => tokenBucket({ rate: 1, burst: 0 })],
  ['max must be an integer from 1 to 1000000', () => slidingWindow({ max: 0 })],
  ['per must be a duration >= 1', () => slidingWindow({ max: 1, per: 0 })],
  ['buckets must be an integer from 1 to 1000', () => slidingWindow({ max: 1, buckets: 0 })],
])('refuses what is out of bounds by name: %s', (message, make) => {
  expect(make).toThrow(RangeError);
  expect(make).toThrow(`concurrency-limit: ${message}`);
});
