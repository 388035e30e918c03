import { isRejection, pipeline, type Policy, safe, Timeout, VirtualClock } from '@chimera/policy';
import { describe, expect, expectTypeOf, test } from 'vitest';
import {
  AdaptiveLimit,
  type AdaptiveLimitOptions,
  aimd,
  BulkheadFullError,
  gradient2,
  type LimitBoundsOptions,
  type LimitEvent,
  LimitExceededError,
  restore,
  type SampledPermit,
  snapshotOf,
  vegas,
  waitingRoom,
  windowed,
} from '../src/index.ts';
import { deferred, settled } from './deferred.ts';

/** A limit of 2 that grows by 1 after a good call and falls to 1 after a drop. */
const small = () => aimd({ initial: 2, min: 1, max: 100, backoffRatio: 0.5 });

function started(options: AdaptiveLimitOptions) {
  const clock = new VirtualClock(1_700_000_000_000);
  const events: LimitEvent[] = [];
  const limit = new AdaptiveLimit(options, {
    clock,
    random: () => 0.5,
    onEvent: (event) => events.push(event),
  });
  return { limit, clock, events };
}

function acquired(limit: AdaptiveLimit): SampledPermit {
  const permit = limit.tryAcquire();
  if (permit === undefined) throw new Error('there is no room');
  return permit;
}

describe('the limit', () => {
  test('refuses whoever is beyond it, without calling', async () => {
    const { limit } = started({ name: 'search', rule: small() });
    void limit.execute(() => deferred().promise);
    void limit.execute(() => deferred().promise);
    const error = await limit.execute(() => 1).catch((error: unknown) => error);
    expect(error).toBeInstanceOf(LimitExceededError);
    expect(isRejection(error)).toBe(true);
    expect(error).toMatchObject({
      name: 'LimitExceededError',
      code: 'LIMIT_EXCEEDED',
      limiter: 'search',
      reason: 'queue full',
      message:
        'Adaptive limit "search": queue full, 2 running and 0 waiting; call again when fewer run',
    });
    expect(error).not.toBeInstanceOf(BulkheadFullError);
  });

  test('grows with calls that go well, and lets those in who wait for it', async () => {
    const { limit } = started({ rule: small(), queue: waitingRoom({ maxQueue: 2 }) });
    const works = [deferred(), deferred(), deferred(), deferred()];
    let begun = 0;
    const calls = works.map(({ promise }) =>
      limit.execute(() => {
        begun += 1;
        return promise;
      }),
    );
    expect({ begun, queued: limit.queued }).toEqual({ begun: 2, queued: 2 });
    works[0]?.resolve();
    await settled();
    expect({ begun, limit: limit.limit }).toEqual({ begun: 4, limit: 3 });
    for (const work of works) work.resolve();
    await Promise.all(calls);
    expect(limit.inFlight).toBe(0);
  });

  test('falls under running work without killing it', async () => {
    const { limit } = started({ rule: aimd({ initial: 4, min: 1, backoffRatio: 0.5 }) });
    const permits = [acquired(limit), acquired(limit), acquired(limit), acquired(limit)];
    permits[0]?.drop();
    expect(limit).toMatchObject({ limit: 2, inFlight: 3 });
    permits[1]?.ignore();
    expect(limit.tryAcquire()).toBeUndefined();
    permits[2]?.ignore();
    expect(limit.tryAcquire()).toBeDefined();
  });

  test('is at least 1, whatever the rule says', () => {
    const rule = { shape: 'broken', initial: { limit: -3.5 }, after: () => ({ limit: 0 }) };
    expect(new AdaptiveLimit({ rule }).limit).toBe(1);
  });
});

describe('what a call says about the load', () => {
  const boom = new Error('boom');

  test.each([
    ['a result: its time', () => 1, 3],
    ['an error: nothing', () => Promise.reject(boom), 2],
    ['a timeout from below: a drop', () => Promise.reject(timeoutError()), 1],
    [
      'a refusal from below: nothing',
      () => Promise.reject(new BulkheadFullError('x', 'cleared', 1, 1)),
      2,
    ],
  ])('%s', async (_what, operation, expected) => {
    const { limit } = started({ rule: small() });
    await limit.execute<unknown>(operation).catch(() => {});
    expect(limit.limit).toBe(expected);
  });

  test('classifyError decides otherwise, but not over refusals', async () => {
    const options = { rule: small(), classifyError: () => 'dropped' as const };
    const { limit } = started(options);
    const refusal = new BulkheadFullError('below', 'queue full', 1, 1);
    await limit.execute(() => Promise.reject(refusal)).catch(() => {});
    expect(limit.limit).toBe(2);
    await limit.execute(() => Promise.reject(boom)).catch(() => {});
    expect(limit.limit).toBe(1);
  });

  test('a call whose timeout struck is a drop, wherever the timeout stands', async () => {
    for (const isWithin of [true, false]) {
      const { limit, clock } = started({ rule: small() });
      const timeout = new Timeout({ after: 100 }, { clock });
      const policy = isWithin ? pipeline(limit, timeout) : pipeline(timeout, limit);
      const work = deferred();
      const call = policy.execute(() => work.promise).catch((error: unknown) => error);
      await clock.advance(100);
      expect(await call).toMatchObject({ code: 'TIMEOUT' });
      expect(limit.inFlight).toBe(1);
      work.resolve();
      await settled();
      expect(limit).toMatchObject({ limit: 1, inFlight: 0 });
    }
  });

  test('a call that its caller gave up on says nothing', async () => {
    const { limit } = started({ rule: small() });
    const caller = new AbortController();
    const work = deferred();
    const call = limit.execute(() => work.promise, { signal: caller.signal });
    caller.abort(new Error('enough'));
    await expect(call).rejects.toThrow('enough');
    work.resolve();
    await settled();
    expect(limit).toMatchObject({ limit: 2, inFlight: 0 });
  });

  test('the time is that of the run, without the wait', async () => {
    const rule = aimd({ initial: 1, min: 1, timeout: 100 });
    const { limit, clock } = started({ rule, queue: waitingRoom({ maxQueue: 1 }) });
    const works = [deferred(), deferred()];
    const calls = works.map(({ promise }) => limit.execute(() => promise));
    await clock.advance(90);
    works[0]?.resolve();
    await clock.advance(90);
    works[1]?.resolve();
    await Promise.all(calls);
    expect(limit.limit).toBe(3);
  });
});

describe('permits', () => {
  test('count the first word only', () => {
    const { limit } = started({ rule: small() });
    const permit = acquired(limit);
    permit.succeed();
    permit.succeed();
    permit.drop();
    permit[Symbol.dispose]();
    expect(limit).toMatchObject({ limit: 3, inFlight: 0 });
  });

  test('that leave their scope unsaid say nothing', () => {
    const { limit } = started({ rule: small() });
    {
      using permit = acquired(limit);
      expectTypeOf(permit).toEqualTypeOf<SampledPermit>();
      expect(limit.inFlight).toBe(1);
    }
    expect(limit).toMatchObject({ limit: 2, inFlight: 0 });
  });
});

describe('what can be seen', () => {
  test('events tell of the limit’s changes', async () => {
    const { limit, events } = started({ name: 'search', rule: small() });
    await limit.execute(() => 1);
    const at = 1_700_000_000_000;
    const policy = 'search';
    expect(events).toEqual([
      { type: 'admitted', policy, at, waitedMs: 0, inFlight: 1 },
      { type: 'resized', policy, at, from: 2, to: 3 },
      { type: 'released', policy, at, inFlight: 0 },
    ]);
  });

  test('a report names who refused', async () => {
    const { limit } = started({ name: 'search', rule: small() });
    acquired(limit);
    acquired(limit);
    const { report } = await safe(limit, () => 1);
    expect(report).toMatchObject({ attempts: 0, decidedBy: 'search' });
    expectTypeOf(limit).toExtend<Policy>();
  });

  test('a snapshot is plain JSON, and what it learnt lives on in another process', async () => {
    const { limit, clock } = started({ rule: windowed(gradient2()) });
    for (let call = 0; call < 40; call += 1) {
      const work = limit.execute(() => settled());
      await clock.advance(50);
      await work;
    }
    const snapshot = JSON.parse(JSON.stringify(snapshotOf(limit)));
    expect(snapshot).toMatchObject({ shape: 'windowed gradient2', inFlight: 0, queued: 0 });
    const other = new AdaptiveLimit({ rule: windowed(gradient2()) });
    restore(other, snapshot);
    expect(snapshotOf(other)).toMatchObject({ limit: limit.limit, state: snapshot.state });
    const stranger = new AdaptiveLimit({ rule: vegas() });
    const before = snapshotOf(stranger).state;
    restore(stranger, snapshot);
    expect(snapshotOf(stranger).state).toBe(before);
  });

  test.for([
    ['aimd', aimd],
    ['vegas', vegas],
    ['gradient2', gradient2],
    ['windowed aimd', (bounds: LimitBoundsOptions) => windowed(aimd(bounds))],
  ] as const)(
    'what %s learnt under wider bounds is brought within those of now',
    async ([, rule]) => {
      const { limit: wide } = started({ rule: rule({ initial: 500, min: 1, max: 1_000 }) });
      const { limit: narrow } = started({ rule: rule({ initial: 3, min: 2, max: 50 }) });
      restore(narrow, snapshotOf(wide));
      expect(narrow.limit).toBe(50);
      for (let call = 0; call < 50; call += 1) await narrow.execute(() => settled());
      expect(narrow.limit).toBe(50);
      const { limit: low } = started({ rule: rule({ initial: 1, min: 1, max: 10 }) });
      restore(narrow, snapshotOf(low));
      expect(narrow.limit).toBe(2);
    },
  );

  test.each([Number.NaN, undefined, 'abc'])('a limit of %s is not taken up', (limit) => {
    const { limit: restored } = started({ rule: aimd({ initial: 3, min: 2, max: 50 }) });
    const snapshot = snapshotOf(restored);
    restore(restored, { ...snapshot, state: { limit } as never });
    expect(restored.limit).toBe(3);
  });

  test('no timer runs, with or without calls', async () => {
    const { limit, clock } = started({ rule: small(), queue: waitingRoom({ maxQueue: 10 }) });
    const work = deferred();
    const calls = [1, 2, 3, 4].map(() => limit.execute(() => work.promise));
    expect(limit.queued).toBe(2);
    expect(clock.pendingTimers).toBe(0);
    work.resolve();
    await Promise.all(calls);
  });
});

describe('in front of a server that does 40 calls at a time in 10 ms each', () => {
  const workers = 40;

  function serverBehind(limit: AdaptiveLimit, clock: VirtualClock) {
    const backlog: (() => void)[] = [];
    const server = { serviceMs: 10, busy: 0, done: 0 };
    const serve = (): void => {
      const next = server.busy < workers ? backlog.shift() : undefined;
      if (next === undefined) return;
      server.busy += 1;
      clock.setTimer(() => {
        server.busy -= 1;
        server.done += 1;
        next();
        serve();
      }, server.serviceMs);
      serve();
    };
    const call = () =>
      new Promise<void>((resolve) => {
        backlog.push(resolve);
        serve();
      });
    /** As many calls as the limit lets in; it refuses all others. */
    const load = async (forMs: number) => {
      const { done } = server;
      for (let time = 0; time < forMs; time += 2) {
        while (limit.inFlight < limit.limit) void limit.execute(call);
        await clock.advance(2);
      }
      return ((server.done - done) / forMs) * 1_000;
    };
    return { server, load };
  }

  test('vegas keeps it busy, with a short queue', async () => {
    const { limit, clock } = started({ rule: vegas({ initial: 5 }) });
    const { load } = serverBehind(limit, clock);
    await load(1_000);
    // The server can do 4000 a second.
    expect(await load(2_000)).toBeGreaterThan(0.85 * 4_000);
    expect(limit.limit).toBeGreaterThanOrEqual(workers);
    expect(limit.limit).toBeLessThanOrEqual(3 * workers);
  });

  test('gradient2 asks for more while it is fast, and for less as soon as it is slow', async () => {
    const { limit, clock } = started({ rule: gradient2({ initial: 20, min: 1 }) });
    const { server, load } = serverBehind(limit, clock);
    await load(60);
    const whenFast = limit.limit;
    expect(whenFast).toBeGreaterThan(workers);
    server.serviceMs = 100;
    await load(300);
    expect(limit.limit).toBeLessThan(whenFast / 2);
  });

  test('aimd backs off from calls that take too long', async () => {
    const { limit, clock } = started({
      rule: aimd({ initial: 20, min: 1, max: 400, timeout: 30 }),
    });
    const { load } = serverBehind(limit, clock);
    await load(3_000);
    // 30 ms is a queue of two for each worker, besides the one it works on.
    expect(limit.limit).toBeLessThan(4 * workers);
    // All who wait are late together, so it backs off too far each time.
    expect(await load(1_000)).toBeGreaterThan(0.6 * 4_000);
  });
});

function timeoutError(): Error {
  return Object.assign(new Error('too slow'), { name: 'TimeoutError' });
}

test('a rule that throws fails its call, and does not keep the permit', async () => {
  const { limit } = started({
    rule: small(),
    classifyError: () => {
      throw new TypeError('a bug of the rule');
    },
  });
  await expect(limit.execute(() => Promise.reject(new Error('down')))).rejects.toThrow('a bug');
  expect(limit.inFlight).toBe(0);
});
