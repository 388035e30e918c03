import { VirtualClock } from '@chimera/policy';
import { describe, expect, test } from 'vitest';
import {
  type BreakerSnapshot,
  CircuitBreaker,
  type CircuitBreakerEvent,
  type CircuitBreakerOptions,
  clearedEvery,
  consecutive,
  countWindow,
  type FailureDetector,
  growingOpen,
  healthOf,
  isolate,
  restore,
  setMode,
  snapshotOf,
  timeWindow,
  tryAcquire,
} from '../src/index.ts';
import { admitted, feed } from './outcomes.ts';

const wallStart = Date.UTC(2026, 10, 22);

const throughJson = (snapshot: BreakerSnapshot): BreakerSnapshot =>
  JSON.parse(JSON.stringify(snapshot)) as BreakerSnapshot;

/** Another process, `downMs` later: its monotonic clock starts anew. */
function nextProcess(options: CircuitBreakerOptions, from: CircuitBreaker, wallAt: number) {
  const clock = new VirtualClock(wallAt);
  const breaker = new CircuitBreaker(options, { clock });
  restore(breaker, throughJson(snapshotOf(from)));
  return { clock, breaker };
}

describe('restore', () => {
  const options = { failureThreshold: 2 };

  test.each([
    [10_000, 45_000],
    [55_000, 0],
    [3_600_000, 0],
    [-3_600_000, 60_000],
  ])(
    'an open circuit stored 5 s after it opened, restored when the wall shows %d ms more: %d ms to go',
    async (laterMs, expected) => {
      const clock = new VirtualClock(wallStart);
      await clock.advance(123_456);
      const first = new CircuitBreaker(options, { clock });
      feed(first, 'FF');
      await clock.advance(5_000);
      const second = nextProcess(options, first, clock.now() + laterMs);
      expect(second.breaker.retryAfterMs).toBe(expected);
      await second.clock.advance(expected);
      expect(second.breaker.status).toBe('half-open');
    },
  );

  test('a state that was stored in the middle of probing is ready to probe', async () => {
    const clock = new VirtualClock(wallStart);
    const first = new CircuitBreaker({ ...options, halfOpenProbes: 1 }, { clock });
    feed(first, 'FF');
    await clock.advance(60_000);
    expect(tryAcquire(first)).toBeDefined();
    const second = new CircuitBreaker({ ...options, halfOpenProbes: 1 });
    restore(second, { ...snapshotOf(first), state: first.state });
    expect([second.status, second.retryAfterMs]).toEqual(['half-open', 0]);
    await second.execute(() => 1);
    expect(second.status).toBe('closed');
  });

  test('keeps the failures of a closed circuit', async () => {
    const clock = new VirtualClock(wallStart);
    const first = new CircuitBreaker(options, { clock });
    feed(first, 'F');
    const second = nextProcess(options, first, wallStart + 1_000);
    feed(second.breaker, 'F');
    expect(second.breaker.status).toBe('open');
  });

  test('lets the time window of a closed circuit age while the process is away', async () => {
    const options = { detector: timeWindow({ span: '10s', minCalls: 100 }) };
    const clock = new VirtualClock(wallStart);
    await clock.advance(777);
    const first = new CircuitBreaker(options, { clock });
    feed(first, 'FFF');
    expect(healthOf(nextProcess(options, first, clock.now() + 9_999).breaker).calls).toBe(3);
    expect(healthOf(nextProcess(options, first, clock.now() + 10_000).breaker).calls).toBe(0);
  });

  test.each([
    null,
    {},
    { status: 'resting', epoch: 1 },
    { status: 'open', epoch: 1, reopenings: 0, openedAt: wallStart },
    { status: 'open', epoch: 1, reopenings: 0, openedAt: wallStart, until: 'soon' },
  ])('does not take up a state that it does not know: %j', (state) => {
    const clock = new VirtualClock(wallStart);
    const breaker = new CircuitBreaker({ failureThreshold: 2 }, { clock });
    feed(breaker, 'F');
    restore(breaker, { ...snapshotOf(breaker), state: state as never });
    expect(healthOf(breaker)).toMatchObject({ status: 'closed', failures: 1 });
    feed(breaker, 'F');
    expect(breaker.status).toBe('open');
  });

  test.each<[string, FailureDetector]>([
    ['consecutive', consecutive(2)],
    ['count window', countWindow({ size: 2, minCalls: 2 })],
    ['time window', timeWindow({ minCalls: 2 })],
    ['cleared one', clearedEvery('1m', consecutive(2))],
  ])('begins a %s that cannot be read anew', (_, detector) => {
    const clock = new VirtualClock(wallStart);
    const breaker = new CircuitBreaker({ detector }, { clock });
    for (const window of [undefined, null, {}, { calls: null }]) {
      setMode(breaker, 'automatic');
      feed(breaker, 'F');
      const snapshot = snapshotOf(breaker);
      restore(breaker, { ...snapshot, state: { ...snapshot.state, window } as never });
      expect(healthOf(breaker)).toMatchObject({ status: 'closed', failures: 0 });
      feed(breaker, 'FF');
      expect(breaker.status).toBe('open');
    }
  });

  test('does not take up a window of another shape', () => {
    const clock = new VirtualClock(wallStart);
    const first = new CircuitBreaker({ detector: countWindow() }, { clock });
    feed(first, 'F');
    const second = nextProcess({ detector: consecutive(2) }, first, wallStart);
    expect(healthOf(second.breaker)).toMatchObject({ status: 'closed', failures: 0 });
    feed(second.breaker, 'F');
    expect(second.breaker.status).toBe('closed');
  });

  test.each(['forced-open', 'disabled', 'metrics-only'] as const)('keeps the mode %s', (mode) => {
    const first = new CircuitBreaker(options, { clock: new VirtualClock(wallStart) });
    setMode(first, mode);
    if (mode === 'metrics-only') feed(first, 'FF');
    const second = nextProcess(options, first, wallStart).breaker;
    expect(healthOf(second)).toEqual(healthOf(first));
    setMode(second, 'automatic');
    expect(second.status).toBe('closed');
  });

  test('metrics-only does not say again what it has said before', () => {
    const first = new CircuitBreaker(options, { clock: new VirtualClock(wallStart) });
    setMode(first, 'metrics-only');
    feed(first, 'FF');
    const { breaker } = nextProcess(options, first, wallStart);
    const events: CircuitBreakerEvent[] = [];
    breaker.subscribe((event) => events.push(event));
    feed(breaker, 'F');
    expect(events.map(({ type }) => type)).toEqual(['failed']);
  });

  test('isolations are not stored, and those that are held stay', () => {
    const first = new CircuitBreaker(options, { clock: new VirtualClock(wallStart) });
    isolate(first);
    const { breaker } = nextProcess(options, first, wallStart);
    expect(breaker.status).toBe('closed');

    const isolation = isolate(breaker);
    const disabled = new CircuitBreaker(options);
    setMode(disabled, 'disabled');
    restore(breaker, throughJson(snapshotOf(disabled)));
    expect(breaker.status).toBe('forced-open');
    isolation[Symbol.dispose]();
    expect(breaker.status).toBe('disabled');
  });

  test('a mode that counts nothing counts nothing after it was stored with a window, as it once was', async () => {
    const { breaker } = nextProcess(options, new CircuitBreaker(options), wallStart);
    setMode(breaker, 'disabled');
    const { state, ...snapshot } = snapshotOf(breaker);
    const old = { ...state, window: 0, exceeded: null } as unknown as typeof state;
    restore(breaker, { ...snapshot, state: old });
    feed(breaker, 'FFF');
    expect(healthOf(breaker)).toMatchObject({ status: 'disabled', calls: 0 });
    expect(snapshotOf(breaker).state).toEqual({ ...state, epoch: state.epoch + 1 });
  });

  test('a half-open circuit is half-open again, with all of its probes still to come and its failed recoveries kept', async () => {
    const clock = new VirtualClock(wallStart);
    const first = new CircuitBreaker({ ...options, halfOpenProbes: 3 }, { clock });
    feed(first, 'FF');
    await clock.advance(60_000);
    feed(first, 'F');
    await clock.advance(60_000);
    feed(first, 'S');
    admitted(first);
    expect(healthOf(first)).toMatchObject({ status: 'half-open', calls: 1, probesInFlight: 1 });

    const second = nextProcess({ ...options, halfOpenProbes: 3 }, first, wallStart + 500_000);
    expect(healthOf(second.breaker)).toMatchObject({ status: 'half-open', reopenings: 1 });
    const probes = [1, 2, 3].map(() => admitted(second.breaker));
    expect(tryAcquire(second.breaker)).toBeUndefined();
    for (const probe of probes) probe.succeed();
    expect(second.breaker.status).toBe('closed');
  });

  test('a half-open circuit that is restored opens again when a probe fails, for as long as its recoveries say', async () => {
    const clock = new VirtualClock(wallStart);
    const growing = { ...options, openFor: growingOpen({ base: '10s' }) };
    const first = new CircuitBreaker(growing, { clock });
    feed(first, 'FF');
    await clock.advance(10_000);
    admitted(first);
    const { breaker } = nextProcess(growing, first, clock.now());
    admitted(breaker).fail();
    expect(breaker.retryAfterMs).toBe(20_000);
  });

  test('calls in flight count for nothing afterwards', () => {
    const clock = new VirtualClock(wallStart);
    const breaker = new CircuitBreaker(options, { clock });
    feed(breaker, 'F');
    const permit = admitted(breaker);
    restore(breaker, throughJson(snapshotOf(breaker)));
    permit.fail();
    expect(healthOf(breaker)).toMatchObject({ status: 'closed', failures: 1 });
  });
});

test('a snapshot shows wall-clock instants', async () => {
  const clock = new VirtualClock(wallStart);
  await clock.advance(500);
  const breaker = new CircuitBreaker({ name: 'db', failureThreshold: 1 }, { clock });
  feed(breaker, 'F');
  await clock.advance(1_000);
  expect(snapshotOf(breaker)).toEqual({
    name: 'db',
    takenAt: wallStart + 1_500,
    detector: 'consecutive',
    state: {
      status: 'open',
      epoch: 1,
      reason: 'failures in a row',
      openedAt: wallStart + 500,
      until: wallStart + 60_500,
      reopenings: 0,
    },
  });
});
