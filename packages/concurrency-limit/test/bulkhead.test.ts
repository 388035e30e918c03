import {
  Call,
  Coalesce,
  invoke,
  isRejection,
  pipeline,
  type Policy,
  safe,
  Timeout,
  VirtualClock,
} from '@chimera/policy';
import { describe, expect, expectTypeOf, test, vi } from 'vitest';
import {
  Bulkhead,
  BulkheadFullError,
  type BulkheadOptions,
  type LimitEvent,
  type Permit,
  acquire,
  restore,
  snapshotOf,
} from '../src/index.ts';
import { deferred, settled } from './deferred.ts';
import { WatchedCall } from './watched-call.ts';

function started(options: BulkheadOptions) {
  const clock = new VirtualClock(1_700_000_000_000);
  const events: LimitEvent[] = [];
  const bulkhead = new Bulkhead(options, { clock, onEvent: (event) => events.push(event) });
  return { bulkhead, clock, events };
}

/** Calls that run until the test ends them, and the order in which they began. */
function workshop(bulkhead: Bulkhead) {
  const order: string[] = [];
  const ends: (() => void)[] = [];
  const begin = (name: string, priority?: number) =>
    bulkhead.execute(
      () => {
        order.push(name);
        const work = deferred<string>();
        ends.push(() => work.resolve(name));
        return work.promise;
      },
      priority === undefined ? undefined : { priority },
    );
  const end = async () => {
    ends.shift()?.();
    await settled();
  };
  return { begin, end, order };
}

/** A signal, and the function that aborts it. */
function leaver() {
  const controller = new AbortController();
  return { signal: controller.signal, leave: () => controller.abort(new Error('left')) };
}

function acquired(bulkhead: Bulkhead): Permit {
  const permit = bulkhead.tryAcquire();
  if (permit === undefined) throw new Error('no permit is free');
  return permit;
}

describe('how many run', () => {
  test('no more than maxConcurrent at once, and the others in the order of their arrival', async () => {
    const { bulkhead } = started({ maxConcurrent: 2 });
    const { begin, end, order } = workshop(bulkhead);
    const calls = ['a', 'b', 'c', 'd'].map((name) => begin(name));
    expect(order).toEqual(['a', 'b']);
    expect(bulkhead).toMatchObject({ inFlight: 2, queued: 2 });
    await end();
    expect(order).toEqual(['a', 'b', 'c']);
    await end();
    await end();
    await end();
    expect(await Promise.all(calls)).toEqual(['a', 'b', 'c', 'd']);
    expect(bulkhead).toMatchObject({ inFlight: 0, queued: 0 });
  });

  test('a result and an error pass through unchanged, whether the call waited or not', async () => {
    const { bulkhead } = started({ maxConcurrent: 1 });
    const error = new Error('boom');
    const outcomes = await Promise.allSettled([
      bulkhead.execute(() => 1),
      bulkhead.execute(() => Promise.reject(error)),
      bulkhead.execute(() => 2),
      bulkhead.execute(() => {
        throw error;
      }),
      bulkhead.execute(() => undefined),
    ]);
    expect(outcomes).toEqual([
      { status: 'fulfilled', value: 1 },
      { status: 'rejected', reason: error },
      { status: 'fulfilled', value: 2 },
      { status: 'rejected', reason: error },
      { status: 'fulfilled', value: undefined },
    ]);
    expect(bulkhead.inFlight).toBe(0);
  });

  test('a newcomer does not overtake those who wait', async () => {
    const { bulkhead } = started({ maxConcurrent: 1 });
    const { begin, end, order } = workshop(bulkhead);
    void begin('running');
    void begin('waiting');
    await end();
    void begin('newcomer');
    expect(bulkhead.tryAcquire()).toBeUndefined();
    await end();
    expect(order).toEqual(['running', 'waiting', 'newcomer']);
  });

  test('nor does one that a listener makes of the permit that came back', async () => {
    const { bulkhead } = started({ maxConcurrent: 1 });
    const { begin, end, order } = workshop(bulkhead);
    const taken: unknown[] = [];
    const unsubscribe = bulkhead.subscribe(({ type }) => {
      if (type !== 'released') return;
      unsubscribe();
      taken.push(bulkhead.tryAcquire());
      void begin('newcomer');
    });
    void begin('running');
    void begin('waiting');
    await end();
    await end();
    expect(taken).toEqual([undefined]);
    expect(order).toEqual(['running', 'waiting', 'newcomer']);
  });
});

describe('a full queue', () => {
  test('refuses at once, without calling', async () => {
    const { bulkhead } = started({ name: 'db', maxConcurrent: 1, maxQueue: 1 });
    const operation = vi.fn(() => deferred().promise);
    void bulkhead.execute(operation);
    void bulkhead.execute(operation);
    const error = await bulkhead.execute(operation).catch((error: unknown) => error);
    expect(error).toBeInstanceOf(BulkheadFullError);
    expect(isRejection(error)).toBe(true);
    expect(error).toMatchObject({
      name: 'BulkheadFullError',
      code: 'BULKHEAD_FULL',
      bulkhead: 'db',
      reason: 'queue full',
      message: 'Bulkhead "db": queue full, 1 running and 1 waiting; call again when fewer wait',
    });
    expect(operation).toHaveBeenCalledTimes(1);
  });

  test('of size 0 refuses whatever cannot run now', async () => {
    const { bulkhead } = started({ maxConcurrent: 1, maxQueue: 0 });
    void bulkhead.execute(() => deferred().promise);
    await expect(bulkhead.execute(() => 1)).rejects.toMatchObject({ code: 'BULKHEAD_FULL' });
  });

  test('holds a thousand unless told otherwise', async () => {
    const { bulkhead } = started({ maxConcurrent: 1 });
    void bulkhead.execute(() => deferred().promise);
    for (let i = 0; i < 1_000; i += 1) void bulkhead.execute(() => i);
    expect(bulkhead.queued).toBe(1_000);
    await expect(bulkhead.execute(() => 1)).rejects.toMatchObject({ reason: 'queue full' });
  });

  test('has a place again as soon as a waiter gave up', async () => {
    const { bulkhead } = started({ maxConcurrent: 1, maxQueue: 1 });
    const caller = new AbortController();
    const running = deferred();
    void bulkhead.execute(() => running.promise);
    const givenUp = bulkhead.execute(() => 1, { signal: caller.signal });
    caller.abort(new Error('enough'));
    const next = bulkhead.execute(() => 2);
    await expect(givenUp).rejects.toThrow('enough');
    running.resolve();
    await expect(next).resolves.toBe(2);
  });
});

describe('priority and ageing', () => {
  test('a higher priority goes first', async () => {
    const { bulkhead } = started({ maxConcurrent: 1 });
    const { begin, end, order } = workshop(bulkhead);
    void begin('running');
    void begin('low', 0);
    void begin('usual');
    void begin('high', 10);
    for (let i = 0; i < 4; i += 1) await end();
    expect(order).toEqual(['running', 'high', 'usual', 'low']);
  });

  test('a point of priority is worth `ageing`, and not more', async () => {
    const { bulkhead, clock } = started({ maxConcurrent: 1, ageing: '2s' });
    const { begin, end, order } = workshop(bulkhead);
    void begin('running');
    void begin('low', 5);
    await clock.advance(1_999);
    void begin('within the head start', 6);
    await clock.advance(2);
    void begin('beyond it', 6);
    for (let i = 0; i < 4; i += 1) await end();
    expect(order).toEqual(['running', 'within the head start', 'low', 'beyond it']);
  });

  test('a low priority gets its turn under an unending stream of high ones (semantics 19)', async () => {
    const { bulkhead, clock } = started({ maxConcurrent: 1, ageing: '1s' });
    const { begin, end, order } = workshop(bulkhead);
    void begin('running', 10);
    void begin('low', 0);
    for (let second = 0; second < 20; second += 1) {
      void begin('high', 10);
      void begin('high', 10);
      await clock.advance(1_000);
      await end();
    }
    // Ten points are worth ten seconds: 20 of the high ones came in that time and go first, and
    // two more that came at the very end of it wait.
    expect(order.indexOf('low')).toBeLessThanOrEqual(21);
    for (let i = 0; i < 25; i += 1) await end();
    expect(order.indexOf('low')).toBe(21);
  });

  test('priorityOf decides where the caller does not', async () => {
    const { bulkhead } = started({
      maxConcurrent: 1,
      priorityOf: ({ key }) => (key === 'urgent' ? 99 : key === 'later' ? -3 : Number.NaN),
    });
    const order: string[] = [];
    const running = deferred();
    const calls = [
      bulkhead.execute(() => running.promise),
      bulkhead.execute(() => order.push('later'), { key: 'later' }),
      bulkhead.execute(() => order.push('usual')),
      bulkhead.execute(() => order.push('urgent'), { key: 'urgent' }),
      bulkhead.execute(() => order.push('told'), { key: 'urgent', priority: 6 }),
    ];
    running.resolve();
    await Promise.all(calls);
    expect(order).toEqual(['urgent', 'told', 'usual', 'later']);
  });

  test.each([-1, 11, 0.5, Number.NaN])('a priority of %d is a wrong option', async (priority) => {
    const { bulkhead } = started({ maxConcurrent: 1 });
    const message = `concurrency-limit: priority must be an integer from 0 to 10, got ${priority}`;
    await expect(bulkhead.execute(() => 1, { priority })).rejects.toThrow(new RangeError(message));
    await expect(acquire(bulkhead, { priority })).rejects.toThrow(new RangeError(message));
    expect(bulkhead.inFlight).toBe(0);
  });
});

describe('semantics 16: work that timed out keeps its permit until it settles', () => {
  test.each([
    ['around the bulkhead', (timeout: Timeout, bulkhead: Bulkhead) => pipeline(timeout, bulkhead)],
    ['within the bulkhead', (timeout: Timeout, bulkhead: Bulkhead) => pipeline(bulkhead, timeout)],
  ])('with the timeout %s', async (_where, compose) => {
    const { bulkhead, clock } = started({ maxConcurrent: 1 });
    const policy = compose(new Timeout({ after: 100 }, { clock }), bulkhead);
    const works = [deferred(), deferred(), deferred()];
    let running = 0;
    let most = 0;
    const call = (index: number) =>
      policy.execute(async () => {
        running += 1;
        most = Math.max(most, running);
        await works[index]?.promise;
        running -= 1;
      });
    const first = call(0).catch((error: unknown) => error);
    await clock.advance(100);
    expect(await first).toMatchObject({ code: 'TIMEOUT' });
    expect(bulkhead.inFlight).toBe(1);
    const second = call(1).catch((error: unknown) => error);
    const third = call(2).catch((error: unknown) => error);
    await clock.advance(50);
    expect({ running, most }).toEqual({ running: 1, most: 1 });
    for (const work of works) {
      work.resolve();
      await settled();
    }
    await Promise.all([second, third]);
    expect({ running, most, inFlight: bulkhead.inFlight }).toEqual({
      running: 0,
      most: 1,
      inFlight: 0,
    });
  });

  test('so does work whose caller gave up', async () => {
    const { bulkhead } = started({ maxConcurrent: 1 });
    const caller = new AbortController();
    const work = deferred();
    const call = bulkhead.execute(() => work.promise, { signal: caller.signal });
    caller.abort(new Error('enough'));
    await expect(call).rejects.toThrow('enough');
    expect(bulkhead.inFlight).toBe(1);
    work.resolve();
    await settled();
    expect(bulkhead.inFlight).toBe(0);
  });

  test('a late failure after the timeout is nobody’s unhandled rejection (semantics 27)', async () => {
    const unhandled = vi.fn();
    process.on('unhandledRejection', unhandled);
    const { bulkhead, clock } = started({ maxConcurrent: 1 });
    const work = deferred();
    const call = pipeline(bulkhead, new Timeout({ after: 10 }, { clock }))
      .execute(() => work.promise)
      .catch((error: unknown) => error);
    await clock.advance(10);
    expect(await call).toMatchObject({ code: 'TIMEOUT' });
    work.reject(new Error('late'));
    await settled();
    expect(unhandled).not.toHaveBeenCalled();
    expect(bulkhead.inFlight).toBe(0);
    process.off('unhandledRejection', unhandled);
  });

  test('several attempts below hold one permit between them until the last has ended', async () => {
    const { bulkhead } = started({ maxConcurrent: 1 });
    const works = [deferred<number>(), deferred<number>()];
    let attempt = 0;
    const hedge: Policy = {
      execute: () => Promise.reject(new Error('not used')),
      run: (call, next) => Promise.race([next(call.child()), next(call.child())]),
    };
    const call = pipeline(bulkhead, hedge).execute(() => works[attempt++]?.promise);
    works[1]?.resolve(2);
    await expect(call).resolves.toBe(2);
    expect(bulkhead.inFlight).toBe(1);
    works[0]?.resolve(1);
    await settled();
    expect(bulkhead.inFlight).toBe(0);
  });

  test('a shared run that goes on without its first caller is counted while it works, and given back once', async () => {
    const { bulkhead, clock } = started({ maxConcurrent: 2 });
    const restful: Policy = {
      execute: () => Promise.reject(new Error('not used')),
      run: async (call, next) => {
        await new Promise<void>((resolve) => clock.setTimer(resolve, 1_000));
        return next(call);
      },
    };
    const shared = pipeline(bulkhead, new Coalesce(), restful);
    const work = deferred<string>();
    const { signal, leave } = leaver();
    const first = shared.execute(() => work.promise, { key: 'k', signal });
    const second = shared.execute(() => work.promise, { key: 'k' });
    leave();
    await expect(first).rejects.toThrow('left');
    expect(bulkhead.inFlight).toBe(1);
    await clock.advance(1_000);
    expect(bulkhead.inFlight).toBe(2);
    work.resolve('done');
    await expect(second).resolves.toBe('done');
    await settled();
    expect(bulkhead.inFlight).toBe(0);
  });
});

describe('semantics 18: whoever leaves the queue settles now', () => {
  test('an aborted waiter, with the caller’s reason and without being called', async () => {
    const { bulkhead } = started({ maxConcurrent: 1 });
    const caller = new AbortController();
    const operation = vi.fn();
    const running = deferred();
    void bulkhead.execute(() => running.promise);
    const waiting = bulkhead.execute(operation, { signal: caller.signal });
    const reason = new Error('enough');
    caller.abort(reason);
    expect(bulkhead.queued).toBe(0);
    await expect(waiting).rejects.toBe(reason);
    running.resolve();
    await settled();
    expect(operation).not.toHaveBeenCalled();
  });

  test('a waiter whose timeout strikes', async () => {
    const { bulkhead, clock } = started({ maxConcurrent: 1 });
    const operation = vi.fn();
    void bulkhead.execute(() => deferred().promise);
    const call = pipeline(new Timeout({ after: 100 }, { clock }), bulkhead)
      .execute(operation)
      .catch((error: unknown) => error);
    expect(bulkhead.queued).toBe(1);
    await clock.advance(100);
    expect(await call).toMatchObject({ code: 'TIMEOUT' });
    expect(bulkhead.queued).toBe(0);
    expect(operation).not.toHaveBeenCalled();
  });

  test('everybody, when it is cleared; what runs goes on', async () => {
    const { bulkhead } = started({ maxConcurrent: 1 });
    const running = deferred<string>();
    const call = bulkhead.execute(() => running.promise);
    const waiting = [bulkhead.execute(() => 1), acquire(bulkhead)];
    bulkhead.clear();
    for (const waiter of waiting) await expect(waiter).rejects.toMatchObject({ reason: 'cleared' });
    running.resolve('done');
    await expect(call).resolves.toBe('done');
  });

  test('but not those who come because of it, however urgent', async () => {
    const { bulkhead } = started({ maxConcurrent: 1 });
    const { begin, end, order } = workshop(bulkhead);
    void begin('running');
    const waiting = [begin('one', 5), begin('another', 5)];
    const again: Promise<string>[] = [];
    bulkhead.subscribe(({ type }) => {
      if (type === 'rejected') again.push(begin(`again ${again.length}`, 10));
    });
    bulkhead.clear();
    for (const waiter of waiting) await expect(waiter).rejects.toMatchObject({ reason: 'cleared' });
    await end();
    await end();
    expect(order).toEqual(['running', 'again 0', 'again 1']);
  });

  test('a signal that was aborted before neither waits nor runs nor takes a permit', async () => {
    const { bulkhead } = started({ maxConcurrent: 1 });
    const operation = vi.fn();
    const reason = new Error('too late');
    const signal = AbortSignal.abort(reason);
    await expect(bulkhead.execute(operation, { signal })).rejects.toBe(reason);
    await expect(acquire(bulkhead, { signal })).rejects.toBe(reason);
    expect(operation).not.toHaveBeenCalled();
    expect(bulkhead).toMatchObject({ inFlight: 0, queued: 0 });
  });

  test('no listener is left on a signal, however the call ended', async () => {
    const { bulkhead } = started({ maxConcurrent: 1, maxQueue: 2 });
    const { signal } = new AbortController();
    const added = vi.spyOn(signal, 'addEventListener');
    const removed = vi.spyOn(signal, 'removeEventListener');
    const calls = [1, 2, 3, 4].map((value) => bulkhead.execute(() => value, { signal }));
    const permit = acquire(bulkhead, { signal }).catch((error: unknown) => error);
    await Promise.allSettled([...calls, permit]);
    expect(added.mock.calls.length).toBeGreaterThan(0);
    expect(removed).toHaveBeenCalledTimes(added.mock.calls.length);
  });
});

test('a call that was admitted is no longer listened to: an attempt leaves nothing on its call', async () => {
  const bulkhead = new Bulkhead({ maxConcurrent: 1 });
  const works = [deferred(), deferred()];
  let calls = 0;
  const call = new WatchedCall(() => works[calls++]?.promise);
  const attempts = [bulkhead.run(call, invoke), bulkhead.run(call, invoke)];
  expect(call.listening).toBe(1);
  works[0]?.resolve();
  await attempts[0];
  expect(call.listening).toBe(0);
  works[1]?.resolve();
  await attempts[1];
});

describe('maxWait and deadlines', () => {
  test('a call that waits for too long is refused then, and only it', async () => {
    const { bulkhead, clock } = started({ maxConcurrent: 1, maxWait: '1s' });
    const running = deferred();
    void bulkhead.execute(() => running.promise);
    const first = bulkhead.execute(() => 1).catch((error: unknown) => error);
    await clock.advance(400);
    const second = bulkhead.execute(() => 2);
    await clock.advance(599);
    expect(bulkhead.queued).toBe(2);
    await clock.advance(1);
    expect(await first).toMatchObject({ code: 'BULKHEAD_FULL', reason: 'waited too long' });
    expect(bulkhead.queued).toBe(1);
    running.resolve();
    await expect(second).resolves.toBe(2);
  });

  test('ageing does not let an old call of low priority outlive its maxWait', async () => {
    const { bulkhead, clock } = started({ maxConcurrent: 1, maxWait: 100 });
    void bulkhead.execute(() => deferred().promise);
    const low = bulkhead.execute(() => 1, { priority: 0 }).catch((error: unknown) => error);
    await clock.advance(50);
    const high = bulkhead.execute(() => 2, { priority: 10 }).catch((error: unknown) => error);
    await clock.advance(50);
    expect(await low).toMatchObject({ reason: 'waited too long' });
    expect(bulkhead.queued).toBe(1);
    await clock.advance(50);
    expect(await high).toMatchObject({ reason: 'waited too long' });
  });

  test('no timer runs while nobody waits, nor without a maxWait', async () => {
    const { bulkhead, clock } = started({ maxConcurrent: 1, maxWait: '1s' });
    expect(clock.pendingTimers).toBe(0);
    const running = deferred();
    void bulkhead.execute(() => running.promise);
    expect(clock.pendingTimers).toBe(0);
    const waiting = [bulkhead.execute(() => 1), bulkhead.execute(() => 2)];
    expect(clock.pendingTimers).toBe(1);
    running.resolve();
    await Promise.all(waiting);
    expect(clock.pendingTimers).toBe(0);

    const patient = new Bulkhead({ maxConcurrent: 1 }, { clock });
    void patient.execute(() => deferred().promise);
    void patient.execute(() => 1);
    expect(clock.pendingTimers).toBe(0);
  });

  test('the timer goes with the last waiter, also when it gave up or was cleared', async () => {
    const { bulkhead, clock } = started({ maxConcurrent: 1, maxWait: '1s' });
    void bulkhead.execute(() => deferred().promise);
    const caller = new AbortController();
    const givenUp = bulkhead.execute(() => 1, { signal: caller.signal });
    caller.abort(new Error('enough'));
    await expect(givenUp).rejects.toThrow('enough');
    expect(clock.pendingTimers).toBe(0);
    const cleared = bulkhead.execute(() => 1);
    expect(clock.pendingTimers).toBe(1);
    bulkhead.clear();
    await expect(cleared).rejects.toMatchObject({ reason: 'cleared' });
    expect(clock.pendingTimers).toBe(0);
  });

  test('a call whose deadline passed while it waited is not begun', async () => {
    const { bulkhead, clock } = started({ maxConcurrent: 1 });
    const running = deferred();
    void bulkhead.execute(() => running.promise);
    const operation = vi.fn();
    const late = bulkhead.execute(operation, { deadline: 100 }).catch((error: unknown) => error);
    const next = bulkhead.execute(() => 'next', { deadline: 101 });
    await clock.advance(100);
    running.resolve();
    expect(await late).toMatchObject({ code: 'BULKHEAD_FULL', reason: 'deadline passed' });
    await expect(next).resolves.toBe('next');
    expect(operation).not.toHaveBeenCalled();
  });
});

describe('resize', () => {
  test('up: those who wait start at once', async () => {
    const { bulkhead } = started({ maxConcurrent: 1 });
    const { begin, order } = workshop(bulkhead);
    for (const name of ['a', 'b', 'c', 'd']) void begin(name);
    bulkhead.resize(3);
    expect(order).toEqual(['a', 'b', 'c']);
  });

  test('down: what runs ends in its own time, and nothing starts above the new limit', async () => {
    const { bulkhead } = started({ maxConcurrent: 3 });
    const { begin, end, order } = workshop(bulkhead);
    const calls = ['a', 'b', 'c', 'd'].map((name) => begin(name));
    bulkhead.resize(1);
    expect(bulkhead).toMatchObject({ maxConcurrent: 1, inFlight: 3, queued: 1 });
    await end();
    await end();
    expect(order).toEqual(['a', 'b', 'c']);
    await end();
    expect(order).toEqual(['a', 'b', 'c', 'd']);
    await end();
    expect(await Promise.all(calls)).toEqual(['a', 'b', 'c', 'd']);
  });

  test('to 0 holds everything back until it is made larger', async () => {
    const { bulkhead } = started({ maxConcurrent: 1 });
    bulkhead.resize(0);
    const call = bulkhead.execute(() => 1);
    await settled();
    expect(bulkhead).toMatchObject({ inFlight: 0, queued: 1 });
    bulkhead.resize(1);
    await expect(call).resolves.toBe(1);
  });

  test('from within a call that is being started', async () => {
    const { bulkhead } = started({ maxConcurrent: 1 });
    bulkhead.resize(0);
    const order: number[] = [];
    const calls = [0, 1, 2, 3].map((index) =>
      bulkhead.execute(() => {
        order.push(index);
        if (index === 0) bulkhead.resize(4);
      }),
    );
    bulkhead.resize(1);
    expect(order).toEqual([0, 1, 2, 3]);
    await Promise.all(calls);
    expect(bulkhead.inFlight).toBe(0);
  });
});

describe('permits', () => {
  test('are limited like calls, and given back once', () => {
    const { bulkhead } = started({ maxConcurrent: 2 });
    const [first] = [acquired(bulkhead), acquired(bulkhead)];
    expect(bulkhead.tryAcquire()).toBeUndefined();
    first?.release();
    first?.release();
    first?.[Symbol.dispose]();
    expect(bulkhead.inFlight).toBe(1);
  });

  test('leave with their scope', () => {
    const { bulkhead } = started({ maxConcurrent: 1 });
    {
      using permit = acquired(bulkhead);
      expectTypeOf(permit).toEqualTypeOf<Permit>();
      expect(bulkhead.inFlight).toBe(1);
    }
    expect(bulkhead.inFlight).toBe(0);
  });

  test('acquire waits in the same queue, with a priority', async () => {
    const { bulkhead } = started({ maxConcurrent: 1 });
    const permit = await acquire(bulkhead);
    const order: string[] = [];
    const call = bulkhead.execute(() => order.push('call'));
    const urgent = acquire(bulkhead, { priority: 9 }).then((held) => {
      order.push('urgent permit');
      held.release();
    });
    permit.release();
    await Promise.all([call, urgent]);
    expect(order).toEqual(['urgent permit', 'call']);
  });
});

describe('what can be seen', () => {
  test('events tell of every step, with the policy’s name and the wall clock', async () => {
    const { bulkhead, clock, events } = started({ name: 'db', maxConcurrent: 1, maxQueue: 1 });
    const running = deferred();
    const first = bulkhead.execute(() => running.promise);
    const second = bulkhead.execute(() => 2, { priority: 7 });
    await bulkhead.execute(() => 3).catch(() => {});
    await clock.advance(30);
    running.resolve();
    await Promise.all([first, second]);
    bulkhead.resize(4);
    const at = 1_700_000_000_000;
    const policy = 'db';
    expect(events).toEqual([
      { type: 'admitted', policy, at, waitedMs: 0, inFlight: 1 },
      { type: 'queued', policy, at, priority: 7, queued: 1 },
      { type: 'rejected', policy, at, reason: 'queue full' },
      { type: 'released', policy, at: at + 30, inFlight: 0 },
      { type: 'admitted', policy, at: at + 30, waitedMs: 30, inFlight: 1 },
      { type: 'released', policy, at: at + 30, inFlight: 0 },
      { type: 'resized', policy, at: at + 30, from: 1, to: 4 },
    ]);
  });

  test('a listener that throws changes nothing, and one that unsubscribed hears nothing', async () => {
    const complaints = vi.spyOn(console, 'error').mockImplementation(() => {});
    const bulkhead = new Bulkhead({ maxConcurrent: 1 });
    const unsubscribe = bulkhead.subscribe(() => {
      throw new Error('a listener with a bug');
    });
    expect(await Promise.all([1, 2].map((value) => bulkhead.execute(() => value)))).toEqual([1, 2]);
    const heard = complaints.mock.calls.length;
    expect(heard).toBeGreaterThan(0);
    unsubscribe();
    await bulkhead.execute(() => 1);
    expect(complaints).toHaveBeenCalledTimes(heard);
    complaints.mockRestore();
  });

  test('a report says who was refused, and who waited for what', async () => {
    const { bulkhead } = started({ name: 'db', maxConcurrent: 1, maxQueue: 1 });
    const running = deferred();
    void bulkhead.execute(() => running.promise);
    const waited = safe(bulkhead, () => 1);
    const refused = await safe(bulkhead, () => 1);
    expect(refused.report).toMatchObject({ attempts: 0, decidedBy: 'db' });
    expect(refused.report.reason).toContain('queue full');
    running.resolve();
    const { report } = await waited;
    expect(report).toMatchObject({ attempts: 1, decidedBy: 'operation', reason: 'returned' });
    expect(report.decisions).toEqual([
      { policy: 'db', action: 'wait', reason: 'no permit is free (limit 1); 0 were waiting' },
    ]);
  });

  test('a snapshot is plain JSON, and another bulkhead takes up its limit', async () => {
    const { bulkhead, clock } = started({ name: 'db', maxConcurrent: 3 });
    bulkhead.resize(1);
    void bulkhead.execute(() => deferred().promise);
    void bulkhead.execute(() => 1);
    await clock.advance(20);
    const snapshot = JSON.parse(JSON.stringify(snapshotOf(bulkhead)));
    expect(snapshot).toEqual({
      name: 'db',
      takenAt: 1_700_000_000_020,
      maxConcurrent: 1,
      inFlight: 1,
      queued: 1,
      oldestWaitMs: 20,
    });
    const other = new Bulkhead({ maxConcurrent: 3 });
    restore(other, snapshot);
    expect(other).toMatchObject({ maxConcurrent: 1, inFlight: 0, queued: 0 });
  });
});

describe('wrong options and wrong neighbours', () => {
  test.each([
    [{ maxConcurrent: 0 }, 'maxConcurrent must be an integer from 1 to 1000000, got 0'],
    [
      { maxConcurrent: Infinity },
      'maxConcurrent must be an integer from 1 to 1000000, got Infinity',
    ],
    [{ maxConcurrent: 1, maxQueue: -1 }, 'maxQueue must be an integer from 0 to 1000000, got -1'],
    [
      { maxConcurrent: 1, maxQueue: Infinity },
      'maxQueue must be an integer from 0 to 1000000, got Infinity',
    ],
    [
      { maxConcurrent: 1, maxWait: 0 },
      "maxWait must be a duration >= 1 (ms, '2s', '5m', '1h'), got 0",
    ],
    [
      { maxConcurrent: 1, ageing: 0 },
      "ageing must be a duration >= 1 (ms, '2s', '5m', '1h'), got 0",
    ],
  ])('%j is refused', (options, message) => {
    expect(() => new Bulkhead(options)).toThrow(new RangeError(`concurrency-limit: ${message}`));
  });

  test('so is a wrong size, and the limit stays', () => {
    const bulkhead = new Bulkhead({ maxConcurrent: 2 });
    expect(() => bulkhead.resize(1.5)).toThrow(RangeError);
    expect(bulkhead.maxConcurrent).toBe(2);
  });

  test('a policy below that throws instead of rejecting keeps no permit', async () => {
    const bulkhead = new Bulkhead({ maxConcurrent: 1 });
    const broken: Policy = {
      execute: () => Promise.reject(new Error('not used')),
      run: () => {
        throw new Error('broken');
      },
    };
    const policy = pipeline(bulkhead, broken);
    const calls = [policy.execute(() => 1), policy.execute(() => 2)];
    for (const call of calls) await expect(call).rejects.toThrow('broken');
    expect(bulkhead.inFlight).toBe(0);
  });

  test('the caller’s options stay as they are', async () => {
    const options = Object.freeze({ maxConcurrent: 1, maxQueue: 5 });
    const callOptions = Object.freeze({ priority: 3 });
    const bulkhead = new Bulkhead(options);
    await expect(bulkhead.execute(() => 1, callOptions)).resolves.toBe(1);
    expect(options).toEqual({ maxConcurrent: 1, maxQueue: 5 });
  });

  test('run serves a call that no pipeline made', async () => {
    const bulkhead = new Bulkhead({ maxConcurrent: 1 });
    const call = new Call(() => 'result', 1, undefined, undefined, undefined);
    await expect(bulkhead.run(call, invoke)).resolves.toBe('result');
    expectTypeOf(bulkhead).toExtend<Policy>();
  });
});
