import { pipeline, type Policy, VirtualClock } from '@chimera/policy';
import { afterEach, describe, expect, test, vi } from 'vitest';
import {
  atMost,
  CircuitBreaker,
  type CircuitBreakerOptions,
  CircuitOpenError,
  consecutive,
  growingOpen,
  healthOf,
  reset,
  restore,
  setMode,
  snapshotOf,
  timeWindow,
  trip,
  tryAcquire,
} from '../src/index.ts';
import { admitted, deferred, feed } from './outcomes.ts';

const boom = new Error('boom');
const onceAndOneProbe: CircuitBreakerOptions = { failureThreshold: 1, halfOpenProbes: 1 };

const tooSlow = () => new DOMException('too slow', 'TimeoutError');

function thrower(): never {
  throw new Error('a listener with a bug');
}

async function probing(options: CircuitBreakerOptions = onceAndOneProbe) {
  const clock = new VirtualClock();
  const breaker = new CircuitBreaker(options, { clock });
  trip(breaker, '60s');
  await clock.advance(60_000);
  return { clock, breaker };
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe('semantics 1: results of an older generation are discarded', () => {
  test.each(['succeed', 'fail', 'ignore'] as const)(
    'a late %s of the closed circuit moves neither an open, a half-open nor a closed one',
    async (word) => {
      const clock = new VirtualClock();
      const breaker = new CircuitBreaker(onceAndOneProbe, { clock });
      const late = [admitted(breaker), admitted(breaker), admitted(breaker)];
      feed(breaker, 'F');
      late[0]?.[word]();
      expect(breaker.status).toBe('open');

      await clock.advance(60_000);
      const probe = admitted(breaker);
      late[1]?.[word]();
      expect(healthOf(breaker)).toMatchObject({ status: 'half-open', probesInFlight: 1 });

      probe.succeed();
      late[2]?.[word]();
      expect(healthOf(breaker)).toMatchObject({ status: 'closed', failures: 0 });
    },
  );

  test('a late probe of one recovery is no probe of the next', async () => {
    const { breaker, clock } = await probing({ failureThreshold: 1, halfOpenProbes: 2 });
    const late = admitted(breaker);
    feed(breaker, 'F');
    await clock.advance(60_000);
    const probe = admitted(breaker);
    late.fail();
    expect(healthOf(breaker)).toMatchObject({ status: 'half-open', probesInFlight: 1 });
    probe.succeed();
    expect(healthOf(breaker).calls).toBe(1);
  });
});

test('semantics 2: probes in flight count towards the limit', async () => {
  const { breaker } = await probing({ failureThreshold: 1, halfOpenProbes: 2 });
  admitted(breaker);
  admitted(breaker);
  expect(tryAcquire(breaker)).toBeUndefined();
});

describe('semantics 3: an aborted or ignored probe is neutral and frees its place', () => {
  test('aborted, with an operation that heeds the signal', async () => {
    const { breaker } = await probing();
    const caller = new AbortController();
    const pending = breaker.execute(
      ({ signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(new Error('cancelled')));
        }),
      { signal: caller.signal },
    );
    caller.abort(new Error('enough'));
    await expect(pending).rejects.toThrow('enough');
    expect(healthOf(breaker)).toMatchObject({ status: 'half-open', probesInFlight: 0, calls: 0 });
    feed(breaker, 'S');
    expect(breaker.status).toBe('closed');
  });

  test('a success after the abort closes nothing', async () => {
    const { breaker } = await probing();
    const caller = new AbortController();
    const work = deferred<string>();
    const pending = breaker.execute(() => work.promise, { signal: caller.signal });
    caller.abort(new Error('enough'));
    await expect(pending).rejects.toThrow('enough');
    work.resolve('late');
    await work.promise;
    expect(healthOf(breaker)).toMatchObject({ status: 'half-open', probesInFlight: 0, calls: 0 });
  });

  test.each([
    ['classified so', (error: unknown) => (error === boom ? 'ignored' : 'failure'), boom],
    ['a refusal of a policy below', undefined, new CircuitOpenError('below', 'open', 1)],
    ['an AbortError', undefined, new DOMException('gone', 'AbortError')],
  ] as const)('ignored: %s', async (_why, classifyError, error) => {
    const { breaker } = await probing({
      ...onceAndOneProbe,
      ...(classifyError !== undefined && { classifyError }),
    });
    await expect(breaker.execute(() => Promise.reject(error))).rejects.toBe(error);
    expect(healthOf(breaker)).toMatchObject({ status: 'half-open', probesInFlight: 0, calls: 0 });
  });

  test('a permit that leaves its scope unsaid', async () => {
    const { breaker } = await probing();
    {
      using permit = tryAcquire(breaker);
      expect(permit).toBeDefined();
      expect(healthOf(breaker).probesInFlight).toBe(1);
    }
    expect(healthOf(breaker)).toMatchObject({ status: 'half-open', probesInFlight: 0, calls: 0 });
  });
});

test('semantics 4: a probe that hangs expires, and counts as failed', async () => {
  const { breaker, clock } = await probing({ ...onceAndOneProbe, probeTimeout: '10s' });
  const hung = admitted(breaker);
  await clock.advance(9_999);
  expect(breaker.status).toBe('half-open');
  await clock.advance(1);
  expect(healthOf(breaker)).toMatchObject({ status: 'open', reopenings: 1, retryAfterMs: 60_000 });
  hung.succeed();
  expect(breaker.status).toBe('open');
  await clock.advance(60_000);
  feed(breaker, 'S');
  expect(breaker.status).toBe('closed');
});

test('semantics 5: a full half-open circuit refuses at once, and says when to look again', async () => {
  const { breaker } = await probing({ ...onceAndOneProbe, probeTimeout: '400ms' });
  admitted(breaker);
  await expect(breaker.execute(() => 'no')).rejects.toMatchObject({
    message: 'Circuit "circuit" is half-open; retry in 400 ms',
    retryAfterMs: 400,
  });
});

describe('semantics 8: an abort by the caller is neither a failure nor a timeout', () => {
  test('calls that their callers abort do not open the circuit', async () => {
    const breaker = new CircuitBreaker({ failureThreshold: 1 }, { clock: new VirtualClock() });
    const caller = new AbortController();
    const work = deferred<never>();
    const pending = breaker.execute(() => work.promise, { signal: caller.signal });
    caller.abort(new Error('enough'));
    await expect(pending).rejects.toThrow('enough');
    work.reject(new Error('socket closed'));
    await expect(work.promise).rejects.toThrow('socket closed');
    expect(healthOf(breaker)).toMatchObject({ status: 'closed', failures: 0 });
  });

  test('a call that is aborted before it starts reaches neither the breaker nor the operation', async () => {
    const { breaker } = await probing();
    let calls = 0;
    const options = { signal: AbortSignal.abort(new Error('before')) };
    await expect(breaker.execute(() => (calls += 1), options)).rejects.toThrow('before');
    expect(calls).toBe(0);
    expect(healthOf(breaker).probesInFlight).toBe(0);
  });

  test('a timeout is a failure, whether it strikes below the breaker or aborts from above', async () => {
    const below = new CircuitBreaker({ failureThreshold: 1 }, { clock: new VirtualClock() });
    await expect(below.execute(() => Promise.reject(tooSlow()))).rejects.toThrow('too slow');
    expect(below.status).toBe('open');

    const above = new CircuitBreaker({ failureThreshold: 1 }, { clock: new VirtualClock() });
    const caller = new AbortController();
    const work = deferred<string>();
    const pending = above.execute(() => work.promise, { signal: caller.signal });
    caller.abort(tooSlow());
    await expect(pending).rejects.toThrow('too slow');
    work.resolve('much later');
    await work.promise;
    expect(above.status).toBe('open');
  });
});

test('semantics 12: jumps of the wall clock change no decision', async () => {
  const clock = new VirtualClock(Date.UTC(2026, 0, 1));
  const breaker = new CircuitBreaker(onceAndOneProbe, { clock });
  feed(breaker, 'F');
  clock.jumpWall(3_600_000);
  expect(breaker.retryAfterMs).toBe(60_000);
  clock.jumpWall(-7_200_000);
  await clock.advance(60_000);
  expect(breaker.retryAfterMs).toBe(0);
});

test('semantics 13: after idling, every bucket that was skipped has left the window', async () => {
  const clock = new VirtualClock();
  const detector = timeWindow({ span: '10s', minCalls: 10 });
  const breaker = new CircuitBreaker({ detector }, { clock });
  feed(breaker, 'FFFFFFFFF');
  await clock.advance(3_600_000);
  feed(breaker, 'F');
  expect(healthOf(breaker)).toMatchObject({ status: 'closed', calls: 1, failures: 1 });
});

test('semantics 14: the memory of a time window does not grow with its calls', async () => {
  const clock = new VirtualClock();
  const detector = timeWindow({ span: '10s', failureRate: 1 });
  const breaker = new CircuitBreaker({ detector }, { clock });
  const sizes = new Set<number>();
  for (let second = 0; second < 40; second += 1) {
    feed(breaker, 'SF'.repeat(50));
    await clock.advance(1_000);
    if (second >= 20) sizes.add(JSON.stringify(snapshotOf(breaker).state).length);
  }
  expect(Math.max(...sizes)).toBeLessThan(300);
});

describe('semantics 15: refusals are neither failures nor traffic', () => {
  test('its own do not dilute the window', async () => {
    const clock = new VirtualClock();
    const breaker = new CircuitBreaker({ detector: timeWindow() }, { clock });
    setMode(breaker, 'forced-open');
    for (let i = 0; i < 10; i += 1) expect(tryAcquire(breaker)).toBeUndefined();
    setMode(breaker, 'automatic');
    expect(healthOf(breaker).calls).toBe(0);
  });

  test('those of a policy below it are ignored', async () => {
    const clock = new VirtualClock();
    const outer = new CircuitBreaker({ name: 'outer', failureThreshold: 1 }, { clock });
    const inner = new CircuitBreaker({ name: 'inner' }, { clock });
    trip(inner);
    await expect(pipeline(outer, inner).execute(() => 'no')).rejects.toMatchObject({
      breaker: 'inner',
    });
    expect(outer.status).toBe('closed');
  });
});

test('semantics 16: an aborted probe keeps its place until its work has settled', async () => {
  const { breaker } = await probing();
  const caller = new AbortController();
  const work = deferred<string>();
  const pending = breaker.execute(() => work.promise, { signal: caller.signal });
  caller.abort(new Error('enough'));
  await expect(pending).rejects.toThrow('enough');
  expect(tryAcquire(breaker)).toBeUndefined();
  work.resolve('late');
  await work.promise;
  expect(tryAcquire(breaker)).toBeDefined();
});

describe('semantics 17: what listeners and functions of the options throw changes nothing', () => {
  test('listeners', async () => {
    const reported = vi.spyOn(console, 'error').mockImplementation(() => {});
    const clock = new VirtualClock();
    const breaker = new CircuitBreaker(onceAndOneProbe, { clock, onEvent: thrower });
    expect(await breaker.execute(() => 'fine')).toBe('fine');
    await expect(breaker.execute(() => Promise.reject(boom))).rejects.toBe(boom);
    expect(breaker.status).toBe('open');
    await clock.advance(60_000);
    expect(await breaker.execute(() => 'back')).toBe('back');
    expect(breaker.status).toBe('closed');
    expect(reported).toHaveBeenCalled();
  });

  test('a listener that uses the breaker meets its new state', async () => {
    const clock = new VirtualClock();
    const breaker = new CircuitBreaker(onceAndOneProbe, { clock });
    const seen: string[] = [];
    breaker.subscribe(({ type }) => {
      seen.push(`${type}: ${breaker.status}`);
      if (type === 'failed') reset(breaker);
    });
    await expect(breaker.execute(() => Promise.reject(boom))).rejects.toBe(boom);
    expect(seen[0]).toBe('failed: open');
    expect(breaker.status).toBe('closed');
  });

  test('a listener that probes at once takes a place of its own', async () => {
    const { breaker } = await probing({ failureThreshold: 1, halfOpenProbes: 2 });
    const checks: Promise<unknown>[] = [];
    breaker.subscribe(({ type }) => {
      if (type === 'half-opened') checks.push(breaker.execute(() => 'healthy'));
    });
    expect(await breaker.execute(() => 'back')).toBe('back');
    expect(await Promise.all(checks)).toEqual(['healthy']);
    expect(healthOf(breaker)).toMatchObject({ status: 'closed', probesInFlight: 0 });
  });

  test('classifiers, retryAfter and openFor', async () => {
    const reported = vi.spyOn(console, 'error').mockImplementation(() => {});
    const { breaker, clock } = await probing({
      failureThreshold: 1,
      halfOpenProbes: 1,
      classifyError: thrower,
      classifyResult: thrower,
      retryAfter: thrower,
      openFor: thrower,
    });
    await expect(breaker.execute(() => Promise.reject(boom))).rejects.toBe(boom);
    expect(breaker.retryAfterMs).toBe(60_000);
    await clock.advance(60_000);
    expect(await breaker.execute(() => 'fine')).toBe('fine');
    expect(breaker.status).toBe('closed');
    expect(reported).toHaveBeenCalledTimes(4);
  });
});

describe('semantics 22: openings that grow start over when the circuit has closed', () => {
  test('60 s, 120 s, 240 s, closed, 60 s', async () => {
    const { breaker, clock } = await probing({ ...onceAndOneProbe, openFor: growingOpen() });
    const waits: number[] = [];
    for (const outcome of 'FFSF') {
      feed(breaker, outcome);
      waits.push(breaker.retryAfterMs);
      await clock.advance(breaker.retryAfterMs);
    }
    expect(waits).toEqual([120_000, 240_000, 0, 60_000]);
  });

  test('they grow no further than their cap, after however many failed recoveries', () => {
    const openFor = growingOpen({ base: '1s', factor: 10, cap: '1m' });
    expect([0, 1, 2, 5_000].map(openFor)).toEqual([1_000, 10_000, 60_000, 60_000]);
  });
});

test('semantics 23: operations may be synchronous and may return nothing', async () => {
  const breaker = new CircuitBreaker({}, { clock: new VirtualClock() });
  expect(await breaker.execute(() => 3)).toBe(3);
  expect(await breaker.execute(() => undefined)).toBeUndefined();
});

test('semantics 24: options and snapshots of the caller are not changed', () => {
  const options = Object.freeze({ ...onceAndOneProbe, name: 'frozen' });
  const clock = new VirtualClock();
  const breaker = new CircuitBreaker(options, { clock });
  feed(breaker, 'F');
  const snapshot = snapshotOf(breaker);
  const copy = structuredClone(snapshot);
  const other = new CircuitBreaker(options, { clock });
  restore(other, snapshot);
  reset(other);
  feed(other, 'F');
  expect(snapshot).toEqual(copy);
});

test('semantics 25: no timer runs, whatever the state', async () => {
  const clock = new VirtualClock();
  const breaker = new CircuitBreaker(
    { ...onceAndOneProbe, halfOpenMaxWait: atMost('1s'), probeTimeout: '1s' },
    { clock },
  );
  const timers = [clock.pendingTimers];
  feed(breaker, 'F');
  timers.push(clock.pendingTimers);
  await clock.advance(60_000);
  admitted(breaker);
  timers.push(clock.pendingTimers);
  expect(timers).toEqual([0, 0, 0]);
});

describe('semantics 27: nothing is left behind', () => {
  test('a late rejection is swallowed, and the listener on the signal removed', async () => {
    const breaker = new CircuitBreaker({}, { clock: new VirtualClock() });
    const caller = new AbortController();
    const added = vi.spyOn(caller.signal, 'addEventListener');
    const removed = vi.spyOn(caller.signal, 'removeEventListener');
    expect(await breaker.execute(() => 1, { signal: caller.signal })).toBe(1);
    expect(removed).toHaveBeenCalledTimes(added.mock.calls.length);

    const unhandled = vi.fn<(reason: unknown) => void>();
    process.on('unhandledRejection', unhandled);
    const work = deferred<never>();
    const pending = breaker.execute(() => work.promise, { signal: caller.signal });
    caller.abort(new Error('enough'));
    await expect(pending).rejects.toThrow('enough');
    work.reject(new Error('late'));
    await new VirtualClock().advance(0);
    process.off('unhandledRejection', unhandled);
    expect(unhandled).not.toHaveBeenCalled();
  });
});

test('the breaker is a Policy', () => {
  const policy: Policy = new CircuitBreaker({ detector: consecutive(3) });
  expect(policy).toBeInstanceOf(CircuitBreaker);
});
