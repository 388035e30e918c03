import { Call, type Decision, invoke, VirtualClock } from '@chimera/policy';
import { describe, expect, test } from 'vitest';
import {
  CircuitBreaker,
  isolate,
  RecoveryRamp,
  type RecoveryRampOptions,
  reset,
  setMode,
} from '../src/index.ts';
import { feed } from './outcomes.ts';

/** Right after the circuit has closed again. */
async function recovered(options: RecoveryRampOptions, random = () => 0.5) {
  const clock = new VirtualClock();
  const breaker = new CircuitBreaker(
    { name: 'search', failureThreshold: 2, halfOpenProbes: 1 },
    { clock },
  );
  const ramp = new RecoveryRamp(breaker, options, { clock, random });
  feed(breaker, 'FF');
  await clock.advance(60_000);
  feed(breaker, 'S');
  return { clock, breaker, ramp };
}

describe('RecoveryRamp', () => {
  test('begins with a tenth and takes 30 s unless told otherwise', async () => {
    const { clock, ramp } = await recovered({});
    expect(ramp.share).toBe(0.1);
    await clock.advance(15_000);
    expect(ramp.share).toBeCloseTo(0.55, 9);
    await clock.advance(15_000);
    expect(ramp.share).toBe(1);
  });

  test('goes on while calls succeed, and while too few fail to open the circuit', async () => {
    const { clock, breaker, ramp } = await recovered({ over: '10s', from: 0 });
    await clock.advance(1_000);
    feed(breaker, 'SXF');
    expect(ramp.share).toBeCloseTo(0.1, 9);
  });

  test('lets a call through when what is drawn is less than the share, and not when it is the share', async () => {
    const draws = [0.25, 0.249];
    const { ramp } = await recovered({ from: 0.25 }, () => draws.shift() ?? 1);
    await expect(ramp.execute(() => 1)).rejects.toMatchObject({ code: 'THROTTLED' });
    expect(await ramp.execute(() => 2)).toBe(2);
  });

  test('tells in the trail of a call that it has refused it', async () => {
    const { ramp } = await recovered({ from: 0 });
    const trail: Decision[] = [];
    const call = new Call(() => 1, 1, undefined, undefined, trail);
    await expect(ramp.run(call, invoke)).rejects.toThrow('"search" refuses');
    expect(trail).toMatchObject([{ action: 'reject' }]);
    expect(trail[0]?.policy).not.toBe('');
    expect(trail[0]?.reason).toMatch(/^"search" refuses 100 % of calls/);
  });

  test('holds back nothing when the circuit closes after a mode in which all calls went through', () => {
    const clock = new VirtualClock();
    const breaker = new CircuitBreaker({}, { clock });
    const ramp = new RecoveryRamp(breaker, {}, { clock });
    for (const mode of ['metrics-only', 'disabled'] as const) {
      setMode(breaker, mode);
      reset(breaker);
      expect([breaker.status, ramp.share]).toEqual(['closed', 1]);
    }
    setMode(breaker, 'forced-open');
    reset(breaker);
    expect(ramp.share).toBe(0.1);
    setMode(breaker, 'disabled');
    expect(ramp.share).toBe(1);
  });

  test('holds back nothing where all calls went through before there was a ramp', () => {
    const clock = new VirtualClock();
    const breaker = new CircuitBreaker({}, { clock });
    setMode(breaker, 'disabled');
    const ramp = new RecoveryRamp(breaker, {}, { clock });
    reset(breaker);
    expect([breaker.status, ramp.share]).toEqual(['closed', 1]);
  });

  test.each(['automatic', 'disabled'] as const)('begins after an isolation in mode %s', (mode) => {
    const clock = new VirtualClock();
    const breaker = new CircuitBreaker({}, { clock });
    const ramp = new RecoveryRamp(breaker, {}, { clock });
    setMode(breaker, mode);
    const hold = isolate(breaker);
    setMode(breaker, 'automatic');
    hold[Symbol.dispose]();
    expect([breaker.status, ramp.share]).toEqual(['closed', 0.1]);
  });

  test('draws nothing once full traffic is back', async () => {
    const draws = [0.5];
    const { clock, ramp } = await recovered({ over: '1s' }, () => draws.shift() ?? 1);
    await clock.advance(1_000);
    expect(await ramp.execute(() => 1)).toBe(1);
    expect(draws).toEqual([0.5]);
  });

  test('once disposed of it does not hear that the circuit has recovered again', async () => {
    const { clock, breaker, ramp } = await recovered({ from: 0 });
    ramp[Symbol.dispose]();
    feed(breaker, 'FF');
    await clock.advance(60_000);
    feed(breaker, 'S');
    expect(breaker.status).toBe('closed');
    expect(ramp.share).toBe(1);
  });

  test.each([
    ['over must be a duration >= 1', { over: 0 }],
    ['from must be a number from 0 to 1', { from: 1.5 }],
  ])('refuses what is out of bounds by name: %s', (message, options) => {
    const make = () => new RecoveryRamp(new CircuitBreaker(), options);
    expect(make).toThrow(RangeError);
    expect(make).toThrow(`recovery-ramp: ${message}`);
  });
});
