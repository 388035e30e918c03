import { VirtualClock } from '@chimera/policy';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  constant,
  parseRetryAfter,
  readRetryAfter,
  retryAfter,
  type RetryOptions,
  RetryPolicy,
  unwanted,
  decideRetry,
} from '../src/index.ts';
import { script } from './script.ts';

const now = Date.UTC(2026, 10, 22, 12, 0, 0);

describe('parseRetryAfter', () => {
  it.each([
    ['120', 120_000],
    ['0', 0],
    ['1.5', 1_500],
    [' 7 ', 7_000],
    [3, 3_000],
    ['Sun, 22 Nov 2026 12:00:30 GMT', 30_000],
    ['Sunday, 22-Nov-26 12:00:30 GMT', 30_000],
    ['Sun Nov 22 12:00:30 2026', 30_000],
    ['Sun Nov  1 12:00:30 2026', 0],
    ['Sat, 21 Nov 2026 12:00:00 GMT', 0],
  ])('%j is %d ms', (value, ms) => {
    expect(parseRetryAfter(value, now)).toBe(ms);
  });

  it.each([
    'invalid',
    '',
    '-5',
    '5s',
    '0x10',
    '1e3',
    'NaN',
    'Infinity',
    'order 66',
    'Sunny 12',
    'Sun, 99 Foo 2026 12:00:30 GMT',
    '2026-11-22T12:00:30Z',
    null,
    undefined,
    {},
  ])('§2.20 garbage is ignored: %j', (value) => {
    expect(parseRetryAfter(value, now)).toBeUndefined();
  });

  it('never gives anything but a duration, whatever a server sends', () => {
    const sent = fc.oneof(
      fc.string(),
      fc.date().map(String),
      fc.double().map(String),
      fc.anything(),
    );
    fc.assert(
      fc.property(sent, (value) => {
        const ms = parseRetryAfter(value, now);
        return ms === undefined || ms >= 0;
      }),
    );
  });

  it('reads back every date that HTTP can name', () => {
    const seconds = fc.integer({ min: 0, max: 4_000_000_000 });
    fc.assert(
      fc.property(seconds, (second) => {
        const text = new Date(second * 1_000).toUTCString();
        return parseRetryAfter(text, 0) === second * 1_000;
      }),
    );
  });
});

describe('readRetryAfter finds the hint', () => {
  it.each<[string, unknown, number | undefined]>([
    ['in Headers', { headers: new Headers({ 'Retry-After': '2' }) }, 2_000],
    ['in a record', { headers: { 'Retry-After': '2' } }, 2_000],
    ['in a record in lower case', { headers: { 'retry-after': '2' } }, 2_000],
    ['on the error’s response', { response: { headers: { 'retry-after': '2' } } }, 2_000],
    ['in retryAfterMs first', { retryAfterMs: 5, headers: { 'retry-after': '2' } }, 5],
    ['nowhere without headers', new Error('x'), undefined],
    ['nowhere without the header', { headers: new Headers() }, undefined],
    ['nowhere in a negative retryAfterMs', { retryAfterMs: -5 }, undefined],
    ['nowhere in undefined', undefined, undefined],
    ['nowhere in headers that are no object', { headers: 'retry-after: 2' }, undefined],
  ])('%s', (_, outcome, ms) => {
    expect(readRetryAfter(outcome, now)).toBe(ms);
  });
});

const hinted = (value: string) =>
  Object.assign(new Error('busy'), { headers: { 'retry-after': value } });

async function firstDelay(error: unknown, options: RetryOptions = {}): Promise<number> {
  const clock = new VirtualClock(now);
  const policy = new RetryPolicy(
    { delayHint: retryAfter(), backoff: constant(50, { jitter: 0 }), ...options },
    { clock },
  );
  const outcome = policy.execute(script(error, 'fine').next);
  await clock.runAll();
  await outcome;
  return clock.monotonic();
}

describe('delayHint', () => {
  it('§4.41 a hint of 1.5 s is waited, "invalid" is not', async () => {
    expect(await firstDelay(hinted('1.5'))).toBe(1_500);
    expect(await firstDelay(hinted('invalid'))).toBe(50);
  });

  it('§2.20 is bounded to the backoff plus 5 s, or as much as maxExtra says', async () => {
    expect(await firstDelay(hinted('3600'))).toBe(5_050);
    expect(
      await firstDelay(hinted('3600'), {
        delayHint: retryAfter({ maxExtra: '1m' }),
      }),
    ).toBe(60_050);
    expect(
      await firstDelay(hinted('3600'), {
        delayHint: retryAfter({ maxExtra: 0 }),
      }),
    ).toBe(50);
  });

  it('a date counts from the wall clock', async () => {
    expect(await firstDelay(hinted('Sun, 22 Nov 2026 12:00:03 GMT'))).toBe(3_000);
  });

  it('is read from a discarded result as well', async () => {
    const response = { status: 503, headers: new Headers({ 'retry-after': '2' }) };
    const retryResult = unwanted((result) => result === response);
    expect(await firstDelay(response, { retryResult })).toBe(2_000);
  });

  it('is read as one says', async () => {
    const delayHint = retryAfter({ read: (error) => (error as { waitMs: number }).waitMs });
    expect(await firstDelay(Object.assign(new Error('busy'), { waitMs: 70 }), { delayHint })).toBe(
      70,
    );
  });

  it('is heeded by decide() too', () => {
    const policy = new RetryPolicy({
      delayHint: retryAfter(),
      backoff: constant(50, { jitter: 0 }),
    });
    expect(decideRetry(policy, { error: hinted('2'), retries: 0, elapsedMs: 0 })).toEqual({
      retry: true,
      delayMs: 2_000,
      reason: 'hint',
    });
  });

  it('nobody is asked when there is none', async () => {
    const clock = new VirtualClock();
    const policy = new RetryPolicy({ backoff: constant(50, { jitter: 0 }) }, { clock });
    const outcome = policy.execute(script(hinted('2'), 'fine').next);
    await clock.runAll();
    await outcome;
    expect(clock.monotonic()).toBe(50);
  });
});
