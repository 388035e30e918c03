import {
  Call,
  type CallContext,
  type Decision,
  invoke,
  type Policy,
  TimeoutError,
  VirtualClock,
} from '@chimera/policy';
import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  anyOf,
  constant,
  elapsed,
  exponential,
  hasCode,
  inPhase,
  isInstance,
  retryAfter,
  type RetryEvent,
  type RetryOptions,
  RetryPolicy,
  within,
  decideRetry,
} from '../src/index.ts';
import { script } from './script.ts';

const hang = () => new Promise<never>(() => {});
const coded = (code: string, cause?: unknown) =>
  Object.assign(new Error(code, { cause }), { code });
const retry = (maxRetries: number) => new RetryPolicy({ maxRetries, backoff: () => 0 });

const plain = constant(1_000, { jitter: 0 });

function setup(options?: RetryOptions) {
  const clock = new VirtualClock();
  const events: RetryEvent[] = [];
  const policy = new RetryPolicy(options, {
    clock,
    random: () => 0.5,
    onEvent: (event) => events.push(event),
  });
  return { clock, events, policy };
}

/** Counts what passes through it, as a breaker would. */
function tally() {
  const seen: string[] = [];
  const policy: Pick<Policy, 'run'> = {
    run: (call, next) =>
      next(call).then(
        (value) => {
          seen.push('S');
          return value;
        },
        (error: unknown) => {
          seen.push('F');
          throw error;
        },
      ),
  };
  return { seen, policy };
}
/** The instants, on the clock, at which the operation was called. */
function calledAt(clock: VirtualClock) {
  const instants: number[] = [];
  const operation = () => {
    instants.push(clock.monotonic());
    throw new Error('down');
  };
  return { instants, operation };
}

describe('by default', () => {
  it('makes 3 retries, after 1, 2 and 4 seconds, and then throws the last error as it is', async () => {
    const { clock, policy } = setup();
    const thrown: Error[] = [];
    const instants: number[] = [];
    const outcome = policy.execute(() => {
      instants.push(clock.monotonic());
      thrown.push(new Error(`attempt ${thrown.length + 1}`));
      return Promise.reject(thrown.at(-1));
    });
    const caught = outcome.catch((error: unknown) => error);
    await clock.runAll();
    expect(await caught).toBe(thrown[3]);
    expect(instants).toEqual([0, 1_000, 3_000, 7_000]);
  });

  it('calls the operation once when that succeeds', async () => {
    const { clock, events, policy } = setup();
    const operation = vi.fn(() => Promise.resolve('fine'));
    expect(await policy.execute(operation)).toBe('fine');
    expect(operation).toHaveBeenCalledTimes(1);
    expect(clock.pendingTimers).toBe(0);
    expect(events).toEqual([]);
  });

  it('tells the operation which attempt it is', async () => {
    const { clock, policy } = setup();
    const attempts: number[] = [];
    const outcome = policy.execute(({ attempt }) => {
      attempts.push(attempt);
      if (attempt < 3) throw new Error('not yet');
      return attempt;
    });
    await clock.runAll();
    expect(await outcome).toBe(3);
    expect(attempts).toEqual([1, 2, 3]);
  });
});

describe('operations', () => {
  it('§2.23 may be synchronous, throw at once, and return undefined', async () => {
    const { policy } = setup({ backoff: () => 0 });
    expect(await policy.execute(() => undefined)).toBeUndefined();
    expect(await policy.execute(() => 7)).toBe(7);
    const throwing = script(new Error('sync'), undefined);
    expect(await policy.execute(() => throwing.nextSync())).toBeUndefined();
    expect(throwing.calls).toBe(2);
  });

  it('may throw undefined, which is then what the call rejects with', async () => {
    const { policy } = setup({ maxRetries: 1, backoff: () => 0 });
    const caught = vi.fn();
    await policy.execute(() => Promise.reject(undefined)).catch(caught);
    expect(caught).toHaveBeenCalledWith(undefined);
  });
});

describe('bounds', () => {
  it('maxRetries 0 means one attempt', async () => {
    const { events, policy } = setup({ maxRetries: 0 });
    const op = script(new Error('down'));
    await expect(policy.execute(op.next)).rejects.toThrow('down');
    expect(op.calls).toBe(1);
    expect(events).toMatchObject([{ type: 'stopped', reason: 'max-retries', attempts: 1 }]);
  });

  it('maxRetries Infinity goes on for as long as it takes', async () => {
    const { policy } = setup({ maxRetries: Infinity, backoff: () => 0 });
    const run = await policy.execute(({ attempt }) => {
      if (attempt < 20) throw new Error('down');
      return attempt;
    });
    expect(run).toBe(20);
  });

  it('maxElapsed begins no retry later than that after the first attempt began', async () => {
    const { clock, events, policy } = setup({
      maxRetries: 9,
      maxElapsed: elapsed('2.5s'),
      backoff: plain,
    });
    const { instants, operation } = calledAt(clock);
    const outcome = policy.execute(operation).catch((error: Error) => error.message);
    await clock.runAll();
    expect(await outcome).toBe('down');
    expect(instants).toEqual([0, 1_000, 2_000]);
    expect(events.at(-1)).toMatchObject({ type: 'stopped', reason: 'max-elapsed' });
  });

  it('§2.12 maxElapsed counts the time inside attempts, by a clock that does not jump', async () => {
    const { clock, policy } = setup({ maxRetries: 9, maxElapsed: elapsed('2.5s'), backoff: plain });
    let calls = 0;
    const slow = () =>
      new Promise((_, reject) => {
        calls += 1;
        clock.setTimer(() => reject(new Error('slow')), 600);
      });
    const outcome = policy.execute(slow).catch((error: Error) => error.message);
    clock.jumpWall(-3_600_000);
    await clock.runAll();
    expect(await outcome).toBe('slow');
    expect(calls).toBe(2);
  });

  it('does not sleep towards a deadline that passes in the meantime', async () => {
    const { clock, events, policy } = setup({ backoff: plain });
    const { instants, operation } = calledAt(clock);
    const outcome = policy.execute(operation, { deadline: 1_500 }).catch((e: Error) => e.message);
    await clock.advance(1_000);
    expect(await outcome).toBe('down');
    expect(clock.monotonic()).toBe(1_000);
    expect(instants).toEqual([0, 1_000]);
    expect(events.at(-1)).toMatchObject({ type: 'stopped', reason: 'deadline' });
  });
});

describe('which errors', () => {
  class Rejected extends Error {
    readonly phase = 'guardian_review';
  }
  it.each<[string, RetryOptions, unknown, boolean]>([
    ['all by default', {}, new TypeError('x'), true],
    ['retryIf by code', { retryIf: hasCode('ECONNRESET') }, coded('ECONNRESET'), true],
    ['retryIf by another code', { retryIf: hasCode('ECONNRESET') }, coded('ENOENT'), false],
    [
      'retryIf by the code of the cause',
      { retryIf: hasCode('ECONNRESET') },
      new TypeError('fetch failed', { cause: coded('ECONNRESET') }),
      true,
    ],
    ['retryIf by class', { retryIf: isInstance(TypeError) }, new TypeError('x'), true],
    ['retryIf by another class', { retryIf: isInstance(TypeError) }, new Error('x'), false],
    ['stopIf by class', { stopIf: isInstance(Rejected) }, new Rejected('no'), false],
    [
      'stopIf by the phase on the error',
      { stopIf: inPhase('guardian_review') },
      new Rejected(),
      false,
    ],
    ['stopIf by another phase', { stopIf: inPhase('planning') }, new Rejected(), true],
    ['stopIf by predicate', { stopIf: (error) => error === 'no' }, 'no', false],
    [
      'stopIf by any of several',
      { stopIf: anyOf(hasCode('EPERM'), isInstance(Rejected)) },
      coded('EPERM'),
      false,
    ],
    [
      'stopIf before retryIf',
      { retryIf: isInstance(Error), stopIf: hasCode('EPERM') },
      coded('EPERM'),
      false,
    ],
  ])('%s', (_, options, error, isRetried) => {
    const { policy } = setup(options);
    expect(decideRetry(policy, { error, retries: 0, elapsedMs: 0 }).retry).toBe(isRetried);
  });

  it('decide() may be told the phase', () => {
    const { policy } = setup({ stopIf: inPhase('guardian_review') });
    const failed = { error: new Error('no'), retries: 0, elapsedMs: 0 };
    expect(decideRetry(policy, { ...failed, phase: 'guardian_review' })).toEqual({
      retry: false,
      reason: 'not-retryable',
    });
    expect(decideRetry(policy, { ...failed, phase: 'planning' }).retry).toBe(true);
  });

  it('follows a circle of causes to an end', () => {
    const circle = new Error('a');
    circle.cause = new Error('b', { cause: circle });
    expect(hasCode('X')(circle, undefined)).toBe(false);
  });

  it('§2.7 an AbortError with a network cause ends the call', async () => {
    const { clock, policy } = setup();
    const abort = Object.assign(new DOMException('gone', 'AbortError'), {
      cause: coded('ECONNRESET'),
    });
    const op = script(abort);
    await expect(policy.execute(op.next)).rejects.toBe(abort);
    expect(op.calls).toBe(1);
    expect(clock.pendingTimers).toBe(0);
  });

  it('rejects with what a caller’s own function throws', async () => {
    const bug = new Error('bug in retryIf');
    const { policy } = setup({
      retryIf: () => {
        throw bug;
      },
    });
    await expect(policy.execute(script(new Error('down')).next)).rejects.toBe(bug);
  });

  it('waits for another policy’s refusal as long as that says', async () => {
    const { clock, events, policy } = setup({ backoff: plain });
    const refusal = Object.assign(new Error('open'), { isRejection: true, retryAfterMs: 42_000 });
    const op = script(refusal, 'fine');
    const outcome = policy.execute(op.next);
    await clock.advance(41_999);
    expect(op.calls).toBe(1);
    await clock.advance(1);
    expect(await outcome).toBe('fine');
    expect(events[0]).toMatchObject({ type: 'retry', delayMs: 42_000, reason: 'rejection' });
  });
});

describe('delays', () => {
  it('§2.11 a delay of 2^31 ms is waited, not skipped', async () => {
    const { clock, policy } = setup({ backoff: () => 2 ** 31 });
    const op = script(new Error('down'), 'fine');
    const outcome = policy.execute(op.next);
    await clock.advance(2 ** 31 - 1);
    expect(op.calls).toBe(1);
    await clock.advance(1);
    expect(await outcome).toBe('fine');
  });

  it('a zero delay is not a timer', async () => {
    const { clock, policy } = setup({ backoff: () => 0 });
    const setTimer = vi.spyOn(clock, 'setTimer');
    const op = script(new Error('1'), new Error('2'), 'fine');
    expect(await policy.execute(op.next)).toBe('fine');
    expect(setTimer).not.toHaveBeenCalled();
  });

  it('§2.26 yields at every retry, and lets timers run between bursts of retries without delay', async () => {
    const { clock, policy } = setup({ maxRetries: Infinity, backoff: () => 0 });
    const giveUp = new AbortController();
    clock.setTimer(() => giveUp.abort('enough'), 0);
    let calls = 0;
    let callsOfOneTurn = 0;
    let mostOfOneTurn = 0;
    const outcome = policy
      .execute(
        () => {
          calls += 1;
          callsOfOneTurn += 1;
          mostOfOneTurn = Math.max(mostOfOneTurn, callsOfOneTurn);
          queueMicrotask(() => {
            callsOfOneTurn = 0;
          });
          throw new Error('down');
        },
        { signal: giveUp.signal },
      )
      .catch((error: unknown) => error);
    await clock.advance(0);
    expect(await outcome).toBe('enough');
    expect(mostOfOneTurn).toBe(1);
    expect(calls).toBe(32);
  });

  it('hands a backoff what it builds on', async () => {
    const seen: unknown[] = [];
    const { clock, policy } = setup({
      backoff: (retry, { previousDelayMs, waitedMs, error }) => {
        seen.push([retry, previousDelayMs, waitedMs, (error as Error).message]);
        return retry * 100;
      },
    });
    const op = script(new Error('a'), new Error('b'), new Error('c'), 'fine');
    const outcome = policy.execute(op.next);
    await clock.runAll();
    await outcome;
    expect(seen).toEqual([
      [1, undefined, 0, 'a'],
      [2, 100, 100, 'b'],
      [3, 200, 300, 'c'],
    ]);
  });
});

describe('attemptTimeout', () => {
  it('ends a hung attempt and retries', async () => {
    const { clock, events, policy } = setup({ attemptTimeout: within('2s'), backoff: plain });
    const op = script(hang, 'fine');
    const outcome = policy.execute(op.next);
    await clock.advance(3_000);
    expect(await outcome).toBe('fine');
    expect(clock.pendingTimers).toBe(0);
    const [first] = events;
    expect(first?.type === 'retry' && first.error).toBeInstanceOf(TimeoutError);
    expect(first?.type === 'retry' && first.error).toMatchObject({
      code: 'TIMEOUT',
      policy: 'retry',
      timeoutMs: 2_000,
    });
  });

  it('aborts the signal of its attempt alone', async () => {
    const { clock, policy } = setup({ attemptTimeout: within('2s'), backoff: plain });
    const signals: AbortSignal[] = [];
    const outcome = policy.execute(({ signal, attempt }) => {
      signals.push(signal);
      return attempt === 1 ? hang() : 'fine';
    });
    await clock.advance(3_000);
    await outcome;
    expect(signals.map((signal) => signal.aborted)).toEqual([true, false]);
    expect(signals[0]?.reason).toBeInstanceOf(TimeoutError);
  });

  it('tells the operation by when it has to be done, the caller’s deadline included', async () => {
    const { clock, policy } = setup({ attemptTimeout: within('2s'), backoff: plain });
    const deadlines: unknown[] = [];
    const outcome = policy.execute(
      ({ deadline, attempt }) => {
        deadlines.push(deadline);
        if (attempt < 3) throw new Error('down');
      },
      { deadline: 3_500 },
    );
    await clock.runAll();
    await outcome;
    expect(deadlines).toEqual([2_000, 3_000, 3_500]);
  });

  it('§2.8 a caller’s abort is not a timeout, and is not retried', async () => {
    const { clock, events, policy } = setup({ attemptTimeout: within('2s') });
    const caller = new AbortController();
    const operation = vi.fn(
      ({ signal }: CallContext) =>
        new Promise((_, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason));
        }),
    );
    const settled = policy
      .execute(operation, { signal: caller.signal })
      .catch((error: unknown) => error);
    await clock.advance(500);
    caller.abort('changed my mind');
    expect(await settled).toBe('changed my mind');
    expect(clock.pendingTimers).toBe(0);
    await clock.advance(0);
    expect(operation).toHaveBeenCalledTimes(1);
    expect(events).toMatchObject([{ type: 'stopped', reason: 'aborted' }]);
  });

  it('keeps no timer for an attempt that goes on after an abort', async () => {
    const { clock, policy } = setup({ attemptTimeout: within('2s') });
    const caller = new AbortController();
    const settled = policy.execute(hang, { signal: caller.signal }).catch(String);
    await clock.advance(500);
    caller.abort('changed my mind');
    expect(await settled).toBe('changed my mind');
    expect(clock.pendingTimers).toBe(0);
  });

  it('§2.27 swallows a rejection that comes after the timeout, and removes its listeners', async () => {
    const unhandled = vi.fn();
    process.on('unhandledRejection', unhandled);
    const { clock, policy } = setup({
      attemptTimeout: within('2s'),
      maxRetries: 1,
      backoff: () => 0,
    });
    const caller = new AbortController();
    const added = vi.spyOn(caller.signal, 'addEventListener');
    const removed = vi.spyOn(caller.signal, 'removeEventListener');
    const late = () =>
      new Promise((_, reject) => {
        clock.setTimer(() => reject(new Error('late')), 5_000);
      });
    const op = script(late, late);
    const outcome = policy.execute(op.next, { signal: caller.signal }).catch(String);
    await clock.runAll();
    expect(await outcome).toContain('retry: no result within 2000 ms');
    expect(unhandled).not.toHaveBeenCalled();
    expect(added.mock.calls.length).toBeGreaterThan(0);
    expect(removed).toHaveBeenCalledTimes(added.mock.calls.length);
    process.off('unhandledRejection', unhandled);
  });

  it('disposes of a result that comes after the timeout', async () => {
    const { clock, policy } = setup({ attemptTimeout: within('2s'), maxRetries: 0 });
    const dispose = vi.fn();
    const late = () =>
      new Promise((resolve) => {
        clock.setTimer(() => resolve({ [Symbol.dispose]: dispose }), 5_000);
      });
    const outcome = policy.execute(late).catch(String);
    await clock.advance(2_000);
    await outcome;
    expect(dispose).not.toHaveBeenCalled();
    await clock.advance(3_000);
    expect(dispose).toHaveBeenCalledTimes(1);
  });
});

describe('events', () => {
  afterEach(() => vi.restoreAllMocks());

  it('tell each retry, and the last error at the end', async () => {
    const { clock, events, policy } = setup({ name: 'billing', maxRetries: 2, backoff: plain });
    const errors = [new Error('a'), new Error('b'), new Error('c')] as const;
    const outcome = policy.execute(script(...errors).next).catch((error: unknown) => error);
    await clock.runAll();
    expect(await outcome).toBe(errors[2]);
    const retry = { type: 'retry', policy: 'billing', delayMs: 1_000, reason: 'error' };
    expect(events).toEqual([
      { ...retry, attempt: 1, error: errors[0] },
      { ...retry, attempt: 2, error: errors[1] },
      { type: 'stopped', policy: 'billing', attempts: 3, reason: 'max-retries', error: errors[2] },
    ]);
  });

  it('tell a success that needed retries', async () => {
    const { clock, events, policy } = setup({ backoff: plain });
    const outcome = policy.execute(script(new Error('a'), 'fine').next);
    await clock.runAll();
    await outcome;
    expect(events.at(-1)).toEqual({ type: 'recovered', policy: 'retry', attempts: 2 });
  });

  it('reach subscribers until they unsubscribe', async () => {
    const policy = new RetryPolicy({ maxRetries: 0 });
    const heard = vi.fn();
    const unsubscribe = policy.subscribe(heard);
    await policy.execute(script(new Error('down')).next).catch(() => {});
    unsubscribe();
    await policy.execute(script(new Error('down')).next).catch(() => {});
    expect(heard).toHaveBeenCalledTimes(1);
  });

  it('a listener that throws changes nothing', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => {});
    const policy = new RetryPolicy(
      { backoff: () => 0 },
      {
        onEvent: () => {
          throw new Error('bug in a listener');
        },
      },
    );
    const op = script(new Error('down'), 'fine');
    expect(await policy.execute(op.next)).toBe('fine');
    expect(op.calls).toBe(2);
  });

  it('a call that is to be explained gets every decision noted', async () => {
    const { clock, policy } = setup({ maxRetries: 1, backoff: plain });
    const trail: Decision[] = [];
    const [first, second] = [new Error('a'), new Error('b')];
    const call = new Call(script(first, second).next, 1, undefined, undefined, trail);
    const outcome = policy.run(call, invoke).catch(() => {});
    await clock.runAll();
    await outcome;
    expect(trail).toEqual([
      { policy: 'retry', action: 'wait', reason: 'error', delayMs: 1_000, error: first },
      { policy: 'retry', action: 'stop', reason: 'max-retries', error: second },
    ]);
  });
});

describe('decide', () => {
  it('is what execute does', async () => {
    const { clock, events, policy } = setup({ backoff: exponential() });
    const error = new Error('down');
    const outcome = policy.execute(() => Promise.reject(error)).catch(() => {});
    await clock.runAll();
    await outcome;
    const told = events.map((event) => (event.type === 'retry' ? event.delayMs : event.type));
    const decided = [0, 1, 2, 3].map((retries) => {
      const decision = decideRetry(policy, { error, retries, elapsedMs: 0 });
      return decision.retry ? decision.delayMs : 'stopped';
    });
    expect(told).toEqual([1_000, 2_000, 4_000, 'stopped']);
    expect(decided).toEqual(told);
  });

  it('heeds the time that is left', () => {
    const { policy } = setup({ maxElapsed: elapsed('10s') });
    const failed = { error: new Error('x'), retries: 0 };
    expect(decideRetry(policy, { ...failed, elapsedMs: 9_500 })).toEqual({
      retry: false,
      reason: 'max-elapsed',
    });
    expect(decideRetry(policy, { ...failed, elapsedMs: 0, remainingMs: 500 })).toEqual({
      retry: false,
      reason: 'deadline',
    });
  });

  it('finds time for a retry that begins just at the bound, whatever the clock shows', async () => {
    const { clock, policy } = setup({ maxElapsed: elapsed('3s'), backoff: () => 1_000 });
    const failed = { error: new Error('x'), retries: 0, elapsedMs: 2_000 };
    for (let i = 0; i < 100; i += 1) {
      await clock.advance(1_000.123);
      expect(decideRetry(policy, failed)).toMatchObject({ retry: true, delayMs: 1_000 });
    }
  });

  it('stays the same however often it is asked', () => {
    const { events, policy } = setup();
    const failed = { error: new Error('x'), retries: 2, elapsedMs: 5_000 };
    const answers = Array.from({ length: 1_000 }, () => decideRetry(policy, failed));
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(events).toEqual([]);
  });
});

describe('options', () => {
  it('§2.24 are never changed', async () => {
    const options = Object.freeze({ maxRetries: 1, backoff: () => 0 });
    const policy = new RetryPolicy(options, Object.freeze({ clock: new VirtualClock() }));
    expect(await policy.execute(script(new Error('x'), 'fine').next)).toBe('fine');
  });

  it.each<[RetryOptions, string]>([
    [{ maxRetries: -1 }, 'retry-policy: maxRetries must be an integer >= 0, got -1'],
    [{ maxRetries: 1.5 }, 'retry-policy: maxRetries must be an integer >= 0, got 1.5'],
  ])('%o is refused', (options, message) => {
    expect(() => new RetryPolicy(options)).toThrow(new RangeError(message));
  });

  const forms = "(ms, '2s', '5m', '1h')";
  it.each<[() => unknown, string]>([
    [() => within(0), `attemptTimeout must be a duration >= 1 ${forms}, got 0`],
    [() => elapsed(-5), `maxElapsed must be a duration >= 0 ${forms}, got -5`],
    [() => retryAfter({ maxExtra: NaN }), `maxExtra must be a duration >= 0 ${forms}, got NaN`],
  ])('what is given as a function is checked where it is made: %#', (make, message) => {
    expect(make).toThrow(new RangeError(`retry-policy: ${message}`));
  });
});

describe('composed', () => {
  it('§4.47 an inner policy with 1 retry in an outer one with 10: five failures take 6 attempts', async () => {
    const outer = retry(10);
    const inner = retry(1);
    const attempts: number[] = [];
    const outerFailures = vi.fn();
    outer.subscribe(outerFailures);
    const op = script(...Array.from({ length: 5 }, () => new Error('down')), 'fine');
    const value = await outer.run(
      new Call(
        ({ attempt }) => {
          attempts.push(attempt);
          return op.next();
        },
        1,
        undefined,
        undefined,
        undefined,
      ),
      (call) => inner.run(call, invoke),
    );
    expect(value).toBe('fine');
    expect(op.calls).toBe(6);
    // Each outer attempt gives the inner policy its retry anew, and the innermost policy counts.
    expect(attempts).toEqual([1, 2, 1, 2, 1, 2]);
    expect(outerFailures.mock.calls.map(([event]) => event.type)).toEqual([
      'retry',
      'retry',
      'recovered',
    ]);
  });

  it('§4.48 a breaker around a retry sees one failure, one inside sees each attempt', async () => {
    const around = tally();
    const failing = new Call(
      () => Promise.reject(new Error('x')),
      1,
      undefined,
      undefined,
      undefined,
    );
    await around.policy.run(failing, (call) => retry(2).run(call, invoke)).catch(() => {});
    expect(around.seen).toEqual(['F']);

    const inside = tally();
    const op = script(new Error('1'), new Error('2'), 'fine');
    const call = new Call(op.next, 1, undefined, undefined, undefined);
    await retry(2).run(call, (each) => inside.policy.run(each, invoke));
    expect(inside.seen).toEqual(['F', 'F', 'S']);
  });
});
