import { VirtualClock } from '@chimera/policy';
import { describe, expect, it } from 'vitest';
import { decide, type Failure, type RetryRules } from '../src/decide.ts';
import {
  type BackoffStep,
  constant,
  decorrelated,
  exponential,
  linear,
  QuotaBudget,
  smoothDecorrelated,
  WindowBudget,
} from '../src/index.ts';

const drawing = (u: number): BackoffStep => ({ random: () => u, error: undefined });
function exhausted(): never {
  throw new Error('drawn');
}

const rules: RetryRules = { maxRetries: 3, backoff: () => 1_000 };
const failure: Failure = {
  error: new Error('down'),
  retries: 0,
  spareMs: Infinity,
  remainingMs: Infinity,
  nowMs: 0,
  random: () => 0.5,
};

describe('a delay that somebody asks for and that the backoff has anyway', () => {
  it('is the backoff’s when a server hints at it', () => {
    expect(decide({ ...rules, delayHint: () => 1_000 }, failure)).toEqual({
      retry: true,
      delayMs: 1_000,
      reason: 'error',
    });
  });

  it('is the backoff’s when a refusal ends with it', () => {
    const error = { isRejection: true, retryAfterMs: 1_000 };
    expect(decide(rules, { ...failure, error })).toEqual({
      retry: true,
      delayMs: 1_000,
      reason: 'error',
    });
  });
});

describe('jitter', () => {
  it('of 1 spreads a delay from nothing to twice as long', () => {
    const backoff = constant(1_000, { jitter: 1 });
    expect([0, 0.5, 1].map((u) => backoff(1, drawing(u)))).toEqual([0, 1_000, 2_000]);
  });

  it('of less than 0 is refused', () => {
    expect(() => constant(1_000, { jitter: -0.1 })).toThrow(
      new RangeError('retry-policy: jitter must be a number from 0 to 1, got -0.1'),
    );
  });

  it('of 0 draws no random number', () => {
    const backoff = exponential({ jitter: 0 });
    expect(backoff(2, { random: exhausted, error: undefined })).toBe(2_000);
  });
});

describe('without a base there is no delay, however many retries there were', () => {
  it.each([
    ['linear', linear({ base: 0 })],
    ['exponential', exponential({ base: 0 })],
    ['smooth decorrelated', smoothDecorrelated({ base: 0 })],
  ])('%s', (_name, backoff) => {
    expect([1, 2, 900, 901, 2_000].map((retry) => backoff(retry, drawing(0.5)))).toEqual([
      0, 0, 0, 0, 0,
    ]);
  });
});

describe('WindowBudget', () => {
  it('counts a call from when it began, also when nobody asked for long before it', async () => {
    const clock = new VirtualClock();
    const budget = new WindowBudget({ ratio: 1, reservePerSecond: 0 }, { clock });
    await clock.advance(9_000);
    for (let call = 0; call < 10; call += 1) budget.begin();
    await clock.advance(9_999);
    expect(budget.available).toBe(10);
    await clock.advance(1);
    expect(budget.available).toBe(0);
  });
});

describe('an option that is refused is named', () => {
  const noDuration = "must be a duration >= 0 (ms, '2s', '5m', '1h'), got -1";
  const noNumber = 'must be a number >= 0, got -1';
  it.each([
    [`base ${noDuration}`, () => decorrelated({ base: -1 })],
    [`cap ${noDuration}`, () => decorrelated({ cap: -1 })],
    [`base ${noDuration}`, () => smoothDecorrelated({ base: -1 })],
    [`cost ${noNumber}`, () => new QuotaBudget({ cost: -1 })],
    [`refund ${noNumber}`, () => new QuotaBudget({ refund: -1 })],
    [`ratio ${noNumber}`, () => new WindowBudget({ ratio: -1 })],
    [`reservePerSecond ${noNumber}`, () => new WindowBudget({ reservePerSecond: -1 })],
  ])('%s', (message, make) => {
    expect(make).toThrow(new RangeError(`retry-policy: ${message}`));
  });
});
