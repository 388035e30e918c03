import { getEventListeners } from 'node:events';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  Call,
  type Clock,
  invoke,
  pipeline,
  Timeout,
  TimeoutError,
  type TimeoutEvent,
  VirtualClock,
} from '@chimera/policy';

const outcomeOf = (result: Promise<unknown>) => {
  const outcome: { value?: unknown; error?: unknown } = {};
  result.then(
    (value) => (outcome.value = value),
    (error: unknown) => (outcome.error = error),
  );
  return outcome;
};

const never = () => new Promise<never>(() => {});

/** An operation that takes `ms` on this clock, and heeds its signal when told to. */
const takes = (clock: Clock, ms: number, end: () => unknown) => () =>
  new Promise((resolve, reject) => {
    clock.setTimer(() => {
      try {
        resolve(end());
      } catch (error) {
        reject(error);
      }
    }, ms);
  });

describe.each(['hard', 'cooperative'] as const)('%s', (mode) => {
  test('passes on what comes in time', async () => {
    const clock = new VirtualClock();
    const timeout = new Timeout({ after: '2s', mode }, { clock });
    const value = outcomeOf(timeout.execute(takes(clock, 1_999, () => 'value')));
    const failure = new Error('failed');
    const error = outcomeOf(
      timeout.execute(
        takes(clock, 1_999, () => {
          throw failure;
        }),
      ),
    );
    await clock.advance(1_999);
    expect([value, error]).toEqual([{ value: 'value' }, { error: failure }]);
    expect(clock.pendingTimers).toBe(0);
  });

  test('aborts the signal of the call with the error it rejects with', async () => {
    const clock = new VirtualClock();
    const timeout = new Timeout({ after: '2s', mode, name: 'billing' }, { clock });
    let reason: unknown;
    const result = timeout.execute(
      ({ signal }) =>
        new Promise((_, reject) =>
          signal.addEventListener('abort', () => {
            reason = signal.reason;
            reject(signal.reason as Error);
          }),
        ),
    );
    const outcome = outcomeOf(result);
    await clock.advance(1_999);
    expect(outcome).toEqual({});
    await clock.advance(1);
    expect(outcome.error).toBe(reason);
    expect(outcome.error).toBeInstanceOf(TimeoutError);
    expect(outcome.error).toMatchObject({
      name: 'TimeoutError',
      code: 'TIMEOUT',
      timeoutMs: 2_000,
      policy: 'billing',
      message: 'billing: no result within 2000 ms',
    });
  });

  test("an abort by the caller is not a timeout, and rejects with the caller's reason", async () => {
    const clock = new VirtualClock();
    const events: TimeoutEvent[] = [];
    const timeout = new Timeout(
      { after: 100, mode },
      { clock, onEvent: (event) => events.push(event) },
    );
    const controller = new AbortController();
    const outcome = outcomeOf(timeout.execute(never, { signal: controller.signal }));
    controller.abort('enough');
    // An operation that never ends does not keep the process alive until its time is up.
    expect(clock.pendingTimers).toBe(0);
    await clock.advance(200);
    expect([outcome, events]).toEqual([{ error: 'enough' }, []]);
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
  });

  test('tells the operation the earlier of two deadlines', async () => {
    const clock = new VirtualClock();
    const timeout = new Timeout({ after: 100, mode }, { clock });
    const read = (deadline?: number) =>
      timeout.execute((call) => call.deadline, deadline === undefined ? {} : { deadline });
    await clock.advance(7);
    expect([await read(), await read(50), await read(500)]).toEqual([107, 50, 107]);
  });

  test('leaves no listener on the caller, whatever happens', async () => {
    const clock = new VirtualClock();
    const timeout = new Timeout({ after: 100, mode }, { clock });
    const { signal } = new AbortController();
    const ends = [
      () => 'value',
      () => {
        throw new Error('failed');
      },
    ];
    for (const end of ends) {
      for (const ms of [50, 150]) {
        const outcome = outcomeOf(
          timeout.execute((call) => (call.signal.throwIfAborted(), takes(clock, ms, end)()), {
            signal,
          }),
        );
        await clock.advance(200);
        expect(Object.keys(outcome)).toHaveLength(1);
        expect(getEventListeners(signal, 'abort')).toHaveLength(0);
      }
    }
  });

  test('a call after one that was struck fails with its own error', async () => {
    const clock = new VirtualClock();
    const timeout = new Timeout({ after: 100, mode }, { clock });
    const struck = outcomeOf(timeout.execute(takes(clock, 150, () => 'late')));
    await clock.advance(150);
    expect(Object.keys(struck)).toHaveLength(1);
    const failure = new Error('failed');
    await expect(timeout.execute(() => Promise.reject(failure))).rejects.toBe(failure);
  });

  test('a policy below that throws rejects the call, and leaves nothing behind', async () => {
    const clock = new VirtualClock();
    const timeout = new Timeout({ after: 100, mode }, { clock });
    const call = new Call(() => 1, 1, undefined, undefined, undefined);
    const result = timeout.run(call, () => {
      throw new Error('this policy throws');
    });
    await expect(result).rejects.toThrow('this policy throws');
    expect(clock.pendingTimers).toBe(0);
    await clock.advance(200);
  });

  test('tells its listeners', async () => {
    const clock = new VirtualClock();
    const events: TimeoutEvent[] = [];
    const timeout = new Timeout({ after: 100, mode }, { clock });
    const stop = timeout.subscribe((event) => events.push(event));
    outcomeOf(timeout.execute(never));
    await clock.advance(100);
    stop();
    outcomeOf(timeout.execute(never));
    await clock.advance(100);
    expect(events).toEqual([{ type: 'timed-out', policy: 'timeout', attempt: 1, timeoutMs: 100 }]);
  });
});

test('hard: what the operation gives later is dropped', async () => {
  const clock = new VirtualClock();
  const timeout = new Timeout({ after: 100 }, { clock });
  const results = [
    outcomeOf(timeout.execute(takes(clock, 150, () => 'late'))),
    outcomeOf(
      timeout.execute(
        takes(clock, 150, () => {
          throw new Error('late');
        }),
      ),
    ),
  ];
  await clock.advance(100);
  const errors = results.map(({ error }) => error);
  expect(errors).toEqual([expect.any(TimeoutError), expect.any(TimeoutError)]);
  await clock.advance(100);
  expect(results.map(({ error }) => error)).toEqual(errors);
});

test('an abort from above ends a hard call at once, and leaves a cooperative one to its operation', async () => {
  const clock = new VirtualClock();
  const controller = new AbortController();
  const inner: object[] = [];
  for (const mode of ['hard', 'cooperative'] as const) {
    const timeout = new Timeout({ after: 100, mode }, { clock });
    const outer = pipeline({
      execute: never,
      run: (call, next) => {
        const result = timeout.run(call, next);
        inner.push(outcomeOf(result));
        return result;
      },
    });
    void outcomeOf(
      outer.execute(
        takes(clock, 50, () => mode),
        { signal: controller.signal },
      ),
    );
  }
  controller.abort('enough');
  await clock.advance(49);
  expect(inner).toEqual([{ error: 'enough' }, {}]);
  await clock.advance(1);
  expect(inner).toEqual([{ error: 'enough' }, { value: 'cooperative' }]);
});

test('cooperative: waits for the operation, and says why it failed', async () => {
  const clock = new VirtualClock();
  const timeout = new Timeout({ after: 100, mode: 'cooperative' }, { clock });
  const cause = new Error('interrupted');
  const outcome = outcomeOf(
    timeout.execute(
      takes(clock, 150, () => {
        throw cause;
      }),
    ),
  );
  await clock.advance(149);
  expect(outcome).toEqual({});
  await clock.advance(1);
  expect(outcome.error).toMatchObject({ code: 'TIMEOUT', timeoutMs: 100, cause });
});

test('cooperative: a result that came all the same is passed on', async () => {
  const clock = new VirtualClock();
  const timeout = new Timeout({ after: 100, mode: 'cooperative' }, { clock });
  const outcome = outcomeOf(timeout.execute(takes(clock, 150, () => 'late')));
  await clock.advance(150);
  expect(outcome).toEqual({ value: 'late' });
});

test('cooperative: a failure before the time is up stays what it is', async () => {
  const clock = new VirtualClock();
  const timeout = new Timeout({ after: 100, mode: 'cooperative' }, { clock });
  const failure = new Error('failed');
  await expect(timeout.execute(() => Promise.reject(failure))).rejects.toBe(failure);
});

test('a call that has settled is forgotten by the call above, which lives on', async () => {
  const caller = new AbortController();
  const above = new Call(({ signal }) => signal, 1, undefined, caller.signal, undefined);
  const timeout = new Timeout({ after: 100 }, { clock: new VirtualClock() });
  const signal = await timeout.run(above, invoke);
  caller.abort();
  expect([above.aborted, signal.aborted]).toEqual([true, false]);
});

test('every call is struck at its own instant, with one timer for all of them', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ startsAt: fc.nat(60), takesMs: fc.nat(40) }), { maxLength: 15 }),
      fc.integer({ min: 1, max: 20 }),
      async (calls, afterMs) => {
        const clock = new VirtualClock();
        let timers = 0;
        let mostTimers = 0;
        const counting: Clock = {
          now: () => clock.now(),
          monotonic: () => clock.monotonic(),
          setTimer: (callback, delayMs) => {
            timers += 1;
            mostTimers = Math.max(mostTimers, timers);
            const timer = clock.setTimer(() => {
              timers -= 1;
              callback();
            }, delayMs);
            return timer;
          },
        };
        const timeout = new Timeout({ after: afterMs }, { clock: counting });
        const ends = new Map<number, string>();
        for (const [index, { startsAt, takesMs }] of calls.entries()) {
          clock.setTimer(() => {
            const note = (end: string) => () =>
              ends.set(index, `${end} at ${clock.monotonic() - startsAt}`);
            timeout
              .execute(takes(clock, takesMs, () => 'value'))
              .then(note('value'), note('timeout'));
          }, startsAt);
        }
        await clock.advance(200);
        for (const [index, { takesMs }] of calls.entries()) {
          const allowed = takesMs < afterMs ? [`value at ${takesMs}`] : [`timeout at ${afterMs}`];
          // Due at the same instant: whichever timer was set first.
          if (takesMs === afterMs) allowed.push(`value at ${takesMs}`);
          expect(allowed).toContain(ends.get(index));
        }
        expect(mostTimers).toBeLessThanOrEqual(1);
        expect([timers, clock.pendingTimers]).toEqual([0, 0]);
      },
    ),
  );
});

test('no timer waits while no call does, also on a clock whose timers cannot be idle', async () => {
  const clock = new VirtualClock();
  const live = new Set<object>();
  const plain: Clock = {
    now: () => clock.now(),
    monotonic: () => clock.monotonic(),
    setTimer: (callback, delayMs) => {
      const timer = clock.setTimer(callback, delayMs);
      const entry = { cancel: () => (live.delete(entry), timer.cancel()) };
      live.add(entry);
      return entry;
    },
  };
  for (const each of [clock, plain]) {
    const timeout = new Timeout({ after: 100 }, { clock: each });
    const first = timeout.execute(takes(clock, 30, () => 1));
    await clock.advance(10);
    const second = timeout.execute(takes(clock, 30, () => 2));
    await clock.advance(20);
    expect(clock.pendingTimers).toBe(2);
    await clock.advance(10);
    expect([await first, await second]).toEqual([1, 2]);
    expect([clock.pendingTimers, live.size]).toEqual([0, 0]);
    const third = outcomeOf(timeout.execute(never));
    expect(clock.pendingTimers).toBe(1);
    await clock.advance(100);
    expect(third.error).toBeInstanceOf(TimeoutError);
    expect([clock.pendingTimers, clock.nextTimerAt]).toEqual([0, undefined]);
  }
});

test('a clock that fires early strikes nobody early', async () => {
  const clock = new VirtualClock();
  const hasty: Clock = {
    now: () => clock.now(),
    monotonic: () => clock.monotonic(),
    setTimer: (callback, delayMs) => clock.setTimer(callback, Math.ceil(delayMs / 2)),
  };
  const outcome = outcomeOf(new Timeout({ after: 100 }, { clock: hasty }).execute(never));
  await clock.advance(99);
  expect(outcome).toEqual({});
  await clock.advance(1);
  expect(outcome.error).toBeInstanceOf(TimeoutError);
});

test('the inner of two timeouts strikes the attempt, the outer one the whole', async () => {
  const clock = new VirtualClock();
  const twice = pipeline({
    execute: never,
    run: (call, next) => next(call).catch(() => next(call.child(2))),
  });
  const inner = new Timeout({ after: 60, name: 'attempt' }, { clock });
  const outer = new Timeout({ after: 100, name: 'whole' }, { clock });
  const reasons: unknown[] = [];
  const outcome = outcomeOf(
    pipeline(outer, twice, inner).execute((call) => {
      call.signal.addEventListener('abort', () => reasons.push(call.signal.reason));
      return never();
    }),
  );
  await clock.advance(200);
  expect(outcome.error).toMatchObject({ policy: 'whole' });
  expect(reasons).toMatchObject([{ policy: 'attempt' }, { policy: 'whole' }]);
});

test('refuses wrong options', () => {
  expect(() => new Timeout({ after: 0 })).toThrow(
    `timeout: after must be a duration >= 1 (ms, '2s', '5m', '1h'), got 0`,
  );
  expect(() => new Timeout({ after: '1s', mode: 'firm' as 'hard' })).toThrow(
    `timeout: mode must be 'hard' or 'cooperative', got "firm"`,
  );
});
