import {
  DegradedError,
  type DegradationEvent,
  GracefulDegradation,
  initialState,
  transition,
} from '@chimera/graceful-degradation';
import { isRejection, VirtualClock } from '@chimera/policy';
import * as fc from 'fast-check';
import { expect, expectTypeOf, test } from 'vitest';
import { weather } from './degradation-run.ts';

function harness(options: ConstructorParameters<typeof GracefulDegradation>[0] = {}) {
  const clock = new VirtualClock(1_700_000_000_000);
  const events: DegradationEvent[] = [];
  const degradation = new GracefulDegradation(options, {
    clock,
    onEvent: (event) => events.push(event),
  });
  const observeFor = async (seconds: number, signals: Parameters<typeof transition>[1]) => {
    for (let second = 0; second < seconds; second += 1) {
      await clock.advance(1_000);
      degradation.observe(signals);
    }
  };
  return { clock, degradation, events, observeFor };
}

test('does what the pure transition says, at the instants of its clock', async () => {
  await fc.assert(
    fc.asyncProperty(weather, async (readings) => {
      const { clock, degradation } = harness();
      let state = initialState;
      for (const { afterMs, signals } of readings.slice(0, 60)) {
        await clock.advance(afterMs);
        state = transition(state, signals, clock.monotonic(), degradation.settings);
        expect(degradation.observe(signals)).toEqual(state);
        expect(degradation.mode).toBe(state.mode);
      }
    }),
    { numRuns: 20 },
  );
});

test('admits by the mode, and tells when to come back', async () => {
  const { degradation, observeFor } = harness();
  expect(degradation.admit(0)).toBeUndefined();
  await observeFor(1, { memory: 0.96 });
  expect(degradation.admit(8)).toBeUndefined();
  const refusal = degradation.admit(7);
  expect(refusal).toBeInstanceOf(DegradedError);
  expect(isRejection(refusal)).toBe(true);
  expect(refusal).toMatchObject({
    code: 'DEGRADED',
    mode: 'survival',
    priority: 7,
    priorityFloor: 8,
  });
  expect(refusal?.message).toMatch(
    /^Mode "survival" admits priority 8 and up, got 7; retry in \d+ ms$/,
  );
});

test('nobody who comes back before the time told is admitted, and at that time everybody is', async () => {
  for (const priority of [1, 4, 5, 7]) {
    const { clock, degradation, observeFor } = harness({ smoothingMs: 0 });
    await observeFor(1, { memory: 0.96 });
    const calm = { memory: 0.3 };
    await observeFor(1, calm);
    const waitMs = degradation.admit(priority)?.retryAfterMs ?? 0;
    expect(waitMs).toBeGreaterThan(0);
    const at = clock.monotonic() + waitMs;
    while (degradation.admit(priority) !== undefined) await observeFor(1, calm);
    expect(clock.monotonic()).toBeGreaterThanOrEqual(at);
    expect(clock.monotonic()).toBeLessThan(at + 3_000);
  }
});

test('a retry counts as a little less important than a first try', async () => {
  const { degradation, observeFor } = harness();
  await observeFor(11, { memory: 0.85 });
  expect(degradation.admit(5)).toBeUndefined();
  expect(degradation.admit(5, 2)).toMatchObject({ priorityFloor: 5 });
  expect(degradation.admit(6, 2)).toBeUndefined();
  const lenient = harness({ retryPenalty: 0 });
  await lenient.observeFor(11, { memory: 0.85 });
  expect(lenient.degradation.admit(5, 2)).toBeUndefined();
});

test('tells each change of mode once, to those who still listen', async () => {
  const { degradation, events, observeFor } = harness();
  const heard: string[] = [];
  const leave = degradation.subscribe(({ to }) => heard.push(to));
  await observeFor(20, { memory: 0.85 });
  leave();
  await observeFor(200, { memory: 0.3 });
  expect(heard).toEqual(['degraded']);
  expect(events).toMatchObject([
    { type: 'mode-changed', from: 'normal', to: 'degraded', at: 1_700_000_011_000 },
    { type: 'mode-changed', from: 'degraded', to: 'normal' },
  ]);
});

test('a jump of the wall clock changes nothing', async () => {
  const { clock, degradation, observeFor } = harness();
  await observeFor(5, { memory: 0.85 });
  clock.jumpWall(3_600_000);
  await observeFor(5, { memory: 0.85 });
  expect(degradation.mode).toBe('normal');
});

test('other signals count once they have a line', async () => {
  const { degradation, observeFor } = harness({ degradedOver: { queueDelayMs: 2_000 } });
  await observeFor(60, { queueDelayMs: 2_500 });
  expect(degradation.mode).toBe('degraded');
  expect(degradation.state.reason).toMatch(/^queueDelayMs at \d+ ms, over 2000 ms$/);
  await observeFor(200, { queueDelayMs: 1_700 });
  expect(degradation.mode).toBe('degraded');
  await observeFor(200, { queueDelayMs: 1_000 });
  expect(degradation.mode).toBe('normal');
});

test('a line set to undefined does not count', async () => {
  const { degradation, observeFor } = harness({ degradedOver: { cpu: undefined } });
  await observeFor(60, { cpu: 1 });
  expect(degradation.mode).toBe('normal');
});

test.each([
  [{ holdMs: '0s' }, 1, { memory: 0.85 }, 'degraded'],
  [{ emergencyMemory: 0.99 }, 1, { memory: 0.97 }, 'normal'],
  [{ survivalOver: { memory: 0.84 } }, 11, { memory: 0.85 }, 'survival'],
] as const)('%j changes what %i s of %j lead to: %s', async (options, seconds, signals, mode) => {
  const { degradation, observeFor } = harness(options);
  await observeFor(seconds, signals);
  expect(degradation.mode).toBe(mode);
});

test.each([
  [{ survivalPool: 3 }, { poolCap: 3 }],
  [{ survivalPriority: 9 }, { priorityFloor: 9 }],
] as const)('%j changes the limits of survival', async (options, limits) => {
  const { degradation, observeFor } = harness(options);
  await observeFor(1, { memory: 0.97 });
  expect(degradation.limits(10)).toMatchObject(limits);
});

test.each([
  [{ degradedShare: 0.8 }, { poolCap: 8 }],
  [{ degradedPriority: 3 }, { priorityFloor: 3 }],
] as const)('%j changes the limits of degraded', async (options, limits) => {
  const { degradation, observeFor } = harness(options);
  await observeFor(11, { memory: 0.85 });
  expect(degradation.limits(10)).toMatchObject(limits);
});

test('slotEveryMs, clearMs, dwellMs and forgetMs set the pace of the recovery', async () => {
  const { degradation, observeFor } = harness({
    slotEveryMs: '10s',
    clearMs: '5s',
    dwellMs: '20s',
    smoothingMs: 0,
    forgetMs: '3s',
  });
  await observeFor(11, { memory: 0.85 });
  await observeFor(24, { memory: 0.3 });
  expect(degradation.mode).toBe('normal');
  await observeFor(10, { memory: 0.3 });
  expect(degradation.limits(10).poolCap).toBe(6);
  await observeFor(4, {});
  expect(degradation.state.smoothed).toEqual({});
});

test.each([
  [
    { normalUnder: { memory: 0.8 } },
    /normalUnder.memory must be under the line into that mode \(0.8\), got 0.8/,
  ],
  [{ degradedUnder: { cpu: 0.5 } }, /degradedUnder.cpu must be left out while no line/],
  [{ degradedOver: { cpu: -1 } }, /degradedOver.cpu must be a number >= 0, got -1/],
  [
    { survivalOver: { memory: 0.7 } },
    /survivalOver.memory must be at least degradedOver.memory \(0.8\), got 0.7/,
  ],
  [{ dwellMs: '16m' }, /dwellMs must be at most 15 minutes/],
  [{ survivalPool: 0 }, /survivalPool must be an integer >= 1/],
  [{ survivalPriority: 4 }, /survivalPriority must be a number >= 5/],
] as const)('refuses %j', (options, message) => {
  expect(() => new GracefulDegradation(options)).toThrow(RangeError);
  expect(() => new GracefulDegradation(options)).toThrow(message);
});

test('forgets what was seen before a pause, and keeps what was decided', async () => {
  const { degradation, observeFor } = harness();
  await observeFor(9, { memory: 0.92 });
  degradation.forget();
  await observeFor(10, { memory: 0.92 });
  expect(degradation.mode).toBe('normal');
  await observeFor(1, { memory: 0.92 });
  expect(degradation.mode).toBe('survival');
  await observeFor(75, { memory: 0.1 });
  expect(degradation.mode).toBe('degraded');
  await observeFor(45, { memory: 0.1 });
  degradation.forget();
  expect(degradation.mode).toBe('degraded');
  await observeFor(60, { memory: 0.1 });
  expect(degradation.mode).toBe('degraded');
  await observeFor(1, { memory: 0.1 });
  expect(degradation.mode).toBe('normal');
});

test('state survives a round trip through JSON', async () => {
  const { degradation, observeFor } = harness();
  await observeFor(30, { memory: 0.92, cpu: 0.4 });
  const state = degradation.state;
  expect(JSON.parse(JSON.stringify(state))).toEqual({ ...state, clearMs: undefined });
});

test('types: a refusal always knows when to come back', () => {
  expectTypeOf<DegradedError['retryAfterMs']>().toEqualTypeOf<number>();
  expectTypeOf<DegradedError['code']>().toEqualTypeOf<'DEGRADED'>();
});
