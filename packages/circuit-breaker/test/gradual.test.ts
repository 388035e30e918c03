import {
  Call,
  type Decision,
  invoke,
  isRejection,
  seededRandom,
  VirtualClock,
} from '@chimera/policy';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  AdaptiveThrottle,
  CircuitBreaker,
  CircuitOpenError,
  RecoveryRamp,
  ThrottledError,
} from '../src/index.ts';
import { rampedShare, rejectionProbability } from '../src/rejection-probability.ts';
import { feed } from './outcomes.ts';

const down = new Error('overloaded');

/** A backend that accepts `capacity` calls a second; returns how many it saw and accepted in the last minute of five. */
async function overload(multiplier: number, perSecond: number, capacity: number) {
  const clock = new VirtualClock();
  const throttle = new AdaptiveThrottle(
    { multiplier, span: '1m' },
    { clock, random: seededRandom(7) },
  );
  let seen = 0;
  let accepted = 0;
  for (let second = 0; second < 300; second += 1) {
    if (second === 240) seen = accepted = 0;
    let left = capacity;
    for (let i = 0; i < perSecond; i += 1) {
      await throttle
        .execute(() => {
          seen += 1;
          left -= 1;
          if (left < 0) throw down;
          accepted += 1;
        })
        .catch(() => {});
    }
    await clock.advance(1_000);
  }
  return { seen: seen / 60, accepted: accepted / 60 };
}

describe('AdaptiveThrottle', () => {
  test.each([
    [2, 30, 10],
    [2, 100, 10],
    [1.1, 150, 50],
  ])(
    'with multiplier %d and %d calls a second for a capacity of %d, the backend sees multiplier times its capacity',
    async (multiplier, perSecond, capacity) => {
      const { seen, accepted } = await overload(multiplier, perSecond, capacity);
      expect(seen / capacity).toBeGreaterThan(multiplier * 0.9);
      expect(seen / capacity).toBeLessThan(multiplier * 1.1);
      expect(accepted / capacity).toBeGreaterThan(0.9);
    },
  );

  test('names itself where it notes a refusal', async () => {
    const clock = new VirtualClock();
    const throttle = new AdaptiveThrottle({ name: 'search' }, { clock, random: () => 0 });
    await expect(throttle.execute(() => Promise.reject(down))).rejects.toBe(down);
    const trail: Decision[] = [];
    const call = new Call(() => 1, 1, undefined, undefined, trail);
    await expect(throttle.run(call, invoke)).rejects.toBeInstanceOf(ThrottledError);
    expect(trail).toMatchObject([{ policy: 'search', action: 'reject' }]);
  });

  test('refuses nothing while at least every second call succeeds', async () => {
    const clock = new VirtualClock();
    const throttle = new AdaptiveThrottle({}, { clock, random: () => 0 });
    for (let i = 0; i < 50; i += 1) {
      await throttle.execute(() => 1);
      await expect(throttle.execute(() => Promise.reject(down))).rejects.toBe(down);
    }
    expect(throttle.rejectionProbability).toBe(0);
  });

  test('a refusal says what share is refused, and does not call the operation', async () => {
    const clock = new VirtualClock();
    const throttle = new AdaptiveThrottle({ name: 'api' }, { clock, random: () => 0 });
    await expect(throttle.execute(() => Promise.reject(down))).rejects.toBe(down);
    let calls = 0;
    const error: unknown = await throttle.execute(() => (calls += 1)).catch((e: unknown) => e);
    expect(calls).toBe(0);
    expect(error).toBeInstanceOf(ThrottledError);
    expect(error).toBeInstanceOf(Error);
    expect(isRejection(error)).toBe(true);
    expect(error).toMatchObject({
      code: 'THROTTLED',
      throttle: 'api',
      probability: 0.5,
      message: '"api" refuses 50 % of calls and refused this one; call less often',
      stack: 'ThrottledError: "api" refuses 50 % of calls and refused this one; call less often',
    });
  });

  test('forgets after its span', async () => {
    const clock = new VirtualClock();
    const throttle = new AdaptiveThrottle({ span: '1m' }, { clock });
    await expect(throttle.execute(() => Promise.reject(down))).rejects.toBe(down);
    expect(throttle.rejectionProbability).toBe(0.5);
    await clock.advance(60_000);
    expect(throttle.rejectionProbability).toBe(0);
  });

  test('refusals below it and aborts count for nothing, timeouts from above as failures', async () => {
    const clock = new VirtualClock();
    const throttle = new AdaptiveThrottle({}, { clock });
    const refusal = new CircuitOpenError('below', 'open', 1);
    await expect(throttle.execute(() => Promise.reject(refusal))).rejects.toBe(refusal);
    expect(throttle.rejectionProbability).toBe(0);
    for (const reason of [new Error('enough'), new DOMException('slow', 'TimeoutError')]) {
      const caller = new AbortController();
      const pending = throttle.execute(
        ({ signal }) => new Promise((resolve) => signal.addEventListener('abort', resolve)),
        { signal: caller.signal },
      );
      const before = throttle.rejectionProbability;
      caller.abort(reason);
      await expect(pending).rejects.toBe(reason);
      await clock.advance(0);
      expect(throttle.rejectionProbability > before).toBe(reason instanceof DOMException);
    }
  });

  test('the probability is a share, and grows as less is accepted', () => {
    fc.assert(
      fc.property(
        fc.nat(10_000),
        fc.nat(10_000),
        fc.double({ min: 1, max: 10, noNaN: true }),
        (requests, some, multiplier) => {
          const accepts = Math.min(some, requests);
          const share = rejectionProbability(requests, accepts, multiplier);
          expect(share).toBeGreaterThanOrEqual(0);
          expect(share).toBeLessThan(1);
          expect(rejectionProbability(requests, accepts / 2, multiplier)).toBeGreaterThanOrEqual(
            share,
          );
        },
      ),
    );
  });

  test('refuses a wrong multiplier', () => {
    expect(() => new AdaptiveThrottle({ multiplier: 0.5 })).toThrow(
      'adaptive-throttle: multiplier must be a number >= 1, got 0.5',
    );
  });
});

function recovering(random: () => number) {
  const clock = new VirtualClock();
  const breaker = new CircuitBreaker({ failureThreshold: 1, halfOpenProbes: 1 }, { clock });
  const ramp = new RecoveryRamp(breaker, { over: '10s', from: 0.2 }, { clock, random });
  return { clock, breaker, ramp };
}

describe('RecoveryRamp', () => {
  test('lets everything through until the circuit has recovered once, then growing shares', async () => {
    const { clock, breaker, ramp } = recovering(() => 0.5);
    expect(ramp.share).toBe(1);
    feed(breaker, 'F');
    await clock.advance(60_000);
    expect(await ramp.execute(() => 'a probe')).toBe('a probe');
    feed(breaker, 'S');
    expect(ramp.share).toBe(0.2);
    await expect(ramp.execute(() => 1)).rejects.toMatchObject({
      code: 'THROTTLED',
      probability: 0.8,
    });
    await clock.advance(5_000);
    expect(ramp.share).toBeCloseTo(0.6);
    expect(await ramp.execute(() => 2)).toBe(2);
    await clock.advance(5_000);
    expect(ramp.share).toBe(1);
  });

  test('a circuit that opens again ends the ramp', async () => {
    const { clock, breaker, ramp } = recovering(() => 0.5);
    feed(breaker, 'F');
    await clock.advance(60_000);
    feed(breaker, 'SF');
    expect(ramp.share).toBe(1);
  });

  test('once disposed of it lets everything through', async () => {
    const { clock, breaker, ramp } = recovering(() => 0.99);
    feed(breaker, 'F');
    await clock.advance(60_000);
    feed(breaker, 'S');
    ramp[Symbol.dispose]();
    expect(await ramp.execute(() => 1)).toBe(1);
  });

  test('the share only grows, from its start to 1', () => {
    fc.assert(
      fc.property(
        fc.nat(20_000),
        fc.integer({ min: 1, max: 10_000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (elapsedMs, overMs, from) => {
          const share = rampedShare(elapsedMs, overMs, from);
          expect(share).toBeGreaterThanOrEqual(from);
          expect(share).toBeLessThanOrEqual(rampedShare(elapsedMs + 1, overMs, from));
          expect(rampedShare(overMs + elapsedMs, overMs, from)).toBe(1);
        },
      ),
    );
  });
});
