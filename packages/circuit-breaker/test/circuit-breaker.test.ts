import { isRejection, pipeline, VirtualClock } from '@chimera/policy';
import { describe, expect, test } from 'vitest';
import {
  CircuitBreaker,
  type CircuitBreakerEvent,
  CircuitOpenError,
  countWindow,
  healthOf,
  trip,
  tryAcquire,
} from '../src/index.ts';
import { deferred } from './outcomes.ts';

const boom = new Error('boom');
const fail = () => Promise.reject(boom);

async function failTimes(breaker: CircuitBreaker, times: number) {
  for (let i = 0; i < times; i += 1) await expect(breaker.execute(fail)).rejects.toBe(boom);
}

function opened(clock: VirtualClock) {
  const breaker = new CircuitBreaker({ name: 'billing-api' }, { clock });
  trip(breaker, 4_199.5);
  return breaker;
}

describe('CircuitBreaker with its defaults', () => {
  test('opens on the fifth failure in a row, for 60 s, and closes when 3 probes have succeeded', async () => {
    const clock = new VirtualClock();
    const breaker = new CircuitBreaker({}, { clock });
    await failTimes(breaker, 4);
    await breaker.execute(() => 'a success between');
    await failTimes(breaker, 4);
    expect(breaker.status).toBe('closed');
    await failTimes(breaker, 1);
    expect(breaker.status).toBe('open');
    expect(breaker.retryAfterMs).toBe(60_000);

    await clock.advance(59_999);
    expect([breaker.status, breaker.retryAfterMs]).toEqual(['open', 1]);
    await clock.advance(1);
    expect([breaker.status, breaker.retryAfterMs]).toEqual(['half-open', 0]);

    await breaker.execute(() => 1);
    await breaker.execute(() => 2);
    expect(breaker.status).toBe('half-open');
    await breaker.execute(() => 3);
    expect(breaker.status).toBe('closed');
    expect(clock.pendingTimers).toBe(0);
  });

  test('lets three probes fly at once, and no fourth', async () => {
    const clock = new VirtualClock();
    const breaker = new CircuitBreaker({}, { clock });
    await failTimes(breaker, 5);
    await clock.advance(60_000);
    const permits = [tryAcquire(breaker), tryAcquire(breaker), tryAcquire(breaker)];
    expect(permits.every((permit) => permit !== undefined)).toBe(true);
    expect(tryAcquire(breaker)).toBeUndefined();
    expect(breaker.retryAfterMs).toBe(1_000);
    for (const permit of permits) permit?.succeed();
    expect(breaker.status).toBe('closed');
  });

  test('any failed probe opens it again', async () => {
    const clock = new VirtualClock();
    const breaker = new CircuitBreaker({}, { clock });
    await failTimes(breaker, 5);
    await clock.advance(60_000);
    await breaker.execute(() => 1);
    await breaker.execute(() => 2);
    await failTimes(breaker, 1);
    expect(breaker.status).toBe('open');
    expect(healthOf(breaker).reopenings).toBe(1);
  });
});

describe('execute, after a recovery', () => {
  test('counts anew, and discards what began before', async () => {
    const clock = new VirtualClock();
    const breaker = new CircuitBreaker({ failureThreshold: 2, halfOpenProbes: 1 }, { clock });
    const late = deferred<never>();
    const pending = breaker.execute(() => late.promise);
    await failTimes(breaker, 2);
    await clock.advance(60_000);
    await breaker.execute(() => 'back');

    late.reject(boom);
    await expect(pending).rejects.toBe(boom);
    expect(healthOf(breaker)).toMatchObject({ status: 'closed', failures: 0 });
    await failTimes(breaker, 1);
    expect(healthOf(breaker)).toMatchObject({ status: 'closed', failures: 1 });
    await failTimes(breaker, 1);
    expect(breaker.status).toBe('open');
  });
});

describe('a refusal', () => {
  test('names the breaker, its state and the remedy', async () => {
    const breaker = opened(new VirtualClock());
    const error: unknown = await breaker.execute(fail).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(CircuitOpenError);
    expect(error).toBeInstanceOf(Error);
    expect(isRejection(error)).toBe(true);
    expect(error).toMatchObject({
      name: 'CircuitOpenError',
      code: 'CIRCUIT_OPEN',
      breaker: 'billing-api',
      retryAfterMs: 4_200,
      message: 'Circuit "billing-api" is open; retry in 4200 ms',
    });
  });

  test('does not call the operation', async () => {
    let calls = 0;
    const breaker = opened(new VirtualClock());
    await expect(breaker.execute(() => (calls += 1))).rejects.toBeInstanceOf(CircuitOpenError);
    expect(calls).toBe(0);
  });

  test('captures no stack', async () => {
    const breaker = opened(new VirtualClock());
    const error: unknown = await breaker.execute(fail).catch((reason: unknown) => reason);
    expect((error as Error).stack).toBe(
      'CircuitOpenError: Circuit "billing-api" is open; retry in 4200 ms',
    );
  });

  test('is undefined, and told to listeners, for tryAcquire', () => {
    const breaker = opened(new VirtualClock(77));
    const events: CircuitBreakerEvent[] = [];
    breaker.subscribe((event) => events.push(event));
    expect(tryAcquire(breaker)).toBeUndefined();
    expect(events).toEqual([
      { type: 'rejected', breaker: 'billing-api', at: 77, retryAfterMs: 4_200 },
    ]);
  });
});

describe('execute, while nobody listens and while somebody does', () => {
  test('tells listeners of successes too', async () => {
    const events: CircuitBreakerEvent[] = [];
    const breaker = new CircuitBreaker({}, { clock: new VirtualClock() });
    await breaker.execute(() => 'unheard');
    const unsubscribe = breaker.subscribe((event) => events.push(event));
    await breaker.execute(() => 'heard');
    unsubscribe();
    await breaker.execute(() => 'unheard');
    expect(events).toMatchObject([{ type: 'succeeded', evidence: 'heard' }]);
  });

  test('classifies results', async () => {
    const breaker = new CircuitBreaker({ failureThreshold: 2, classifyResult: () => 'failure' });
    await breaker.execute(() => 'bad');
    await breaker.execute(() => 'bad');
    expect(breaker.status).toBe('open');
  });

  test('measures how long calls take', async () => {
    const clock = new VirtualClock();
    const detector = countWindow({ minCalls: 2, slow: { over: '1s', rate: 1 } });
    const breaker = new CircuitBreaker({ detector }, { clock });
    for (let i = 0; i < 2; i += 1) await breaker.execute(() => clock.advance(1_001));
    expect(breaker.status).toBe('open');
  });
});

describe('in a pipeline', () => {
  test('stands above and below other policies', async () => {
    const clock = new VirtualClock();
    const outer = new CircuitBreaker({ name: 'outer', failureThreshold: 1 }, { clock });
    const inner = new CircuitBreaker({ name: 'inner', failureThreshold: 1 }, { clock });
    const both = pipeline(outer, inner);
    await expect(both.execute(fail)).rejects.toBe(boom);
    expect([outer.status, inner.status]).toEqual(['open', 'open']);
  });
});

describe('events', () => {
  test('tell the whole life of a circuit, in order', async () => {
    const clock = new VirtualClock(1_000_000);
    const events: CircuitBreakerEvent[] = [];
    const breaker = new CircuitBreaker(
      { name: 'db', failureThreshold: 2, openFor: '1s', halfOpenProbes: 1 },
      { clock, onEvent: (event) => events.push(event) },
    );
    await failTimes(breaker, 2);
    await clock.advance(1_000);
    await breaker.execute(() => 'back');
    const at = 1_000_000;
    expect(events).toEqual([
      { type: 'failed', breaker: 'db', at, evidence: boom },
      { type: 'failed', breaker: 'db', at, evidence: boom },
      {
        type: 'opened',
        breaker: 'db',
        at,
        reason: 'failures in a row',
        openForMs: 1_000,
        reopenings: 0,
        evidence: boom,
      },
      { type: 'half-opened', breaker: 'db', at: at + 1_000 },
      { type: 'succeeded', breaker: 'db', at: at + 1_000, evidence: 'back' },
      { type: 'closed', breaker: 'db', at: at + 1_000 },
    ]);
  });
});
