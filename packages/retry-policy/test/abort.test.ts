import { Call, invoke, pipeline, Timeout, VirtualClock } from '@chimera/policy';
import { describe, expect, it, vi } from 'vitest';
import { constant, InFlightBudget, type RetryEvent, RetryPolicy } from '../src/index.ts';
import { script } from './script.ts';

const backoff = constant(1_000, { jitter: 0 });
const hang = () => new Promise<never>(() => {});

function setup(onEvent?: (event: RetryEvent) => void) {
  const clock = new VirtualClock();
  const caller = new AbortController();
  const budget = new InFlightBudget();
  const deps = onEvent === undefined ? { clock } : { clock, onEvent };
  return { clock, caller, budget, policy: new RetryPolicy({ backoff, budget }, deps) };
}

const reasonOf = (outcome: Promise<unknown>) => outcome.catch((error: unknown) => error);

describe('§4.32 §2.6 an abort', () => {
  it('before the call: no execution', async () => {
    const { clock, caller, policy } = setup();
    const op = script();
    caller.abort('early');
    expect(await reasonOf(policy.execute(op.next, { signal: caller.signal }))).toBe('early');
    expect(op.calls).toBe(0);
    expect(clock.pendingTimers).toBe(0);
  });

  it('during the attempt: one execution, although the attempt then fails', async () => {
    const { clock, caller, policy } = setup();
    const op = script(() => {
      caller.abort('meanwhile');
      throw new Error('down');
    });
    const outcome = policy.execute(op.next, { signal: caller.signal });
    expect(await reasonOf(outcome)).toBe('meanwhile');
    await clock.runAll();
    expect(op.calls).toBe(1);
  });

  it('in the listener that hears of the retry: one execution, and no delay', async () => {
    const { clock, caller, policy } = setup(() => caller.abort('heard enough'));
    const op = script(new Error('down'));
    const outcome = policy.execute(op.next, { signal: caller.signal });
    expect(await reasonOf(outcome)).toBe('heard enough');
    expect(clock.pendingTimers).toBe(0);
    expect(op.calls).toBe(1);
  });

  it('in the delay: one execution, settled at once', async () => {
    const { clock, caller, policy } = setup();
    const op = script(new Error('down'));
    const outcome = reasonOf(policy.execute(op.next, { signal: caller.signal }));
    await clock.advance(50);
    expect(clock.pendingTimers).toBe(1);
    caller.abort('no more');
    expect(await outcome).toBe('no more');
    expect(clock.monotonic()).toBe(50);
    expect(clock.pendingTimers).toBe(0);
    expect(op.calls).toBe(1);
  });
});

describe('an abort of a hung attempt', () => {
  it.each([
    ['the first', [], 0],
    ['a later one', [new Error('down')], 1_000],
  ])('settles at once: %s', async (_, failures, atMs) => {
    const { clock, caller, budget, policy } = setup();
    const op = script(...failures, hang);
    const outcome = reasonOf(policy.execute(op.next, { signal: caller.signal }));
    await clock.advance(atMs);
    expect(op.calls).toBe(failures.length + 1);
    caller.abort('too long');
    expect(await outcome).toBe('too long');
    expect(budget.retrying).toBe(0);
    expect(clock.pendingTimers).toBe(0);
  });

  it('reaches the attempt’s own signal', async () => {
    const { clock, caller, policy } = setup();
    const signals: AbortSignal[] = [];
    const outcome = reasonOf(
      policy.execute(
        ({ attempt, signal }) => {
          signals.push(signal);
          return attempt === 1 ? Promise.reject(new Error('down')) : hang();
        },
        { signal: caller.signal },
      ),
    );
    await clock.advance(1_000);
    caller.abort('stop');
    await outcome;
    expect(signals.map(({ reason }) => reason)).toEqual(['stop', 'stop']);
  });
});

describe('an abort from the policy above', () => {
  it('cancels the delay, without a signal of the caller', async () => {
    const { clock, policy } = setup();
    const op = script(new Error('down'));
    const root = new Call(op.next, 1, undefined, undefined, undefined);
    const call = root.child();
    const outcome = reasonOf(policy.run(call, invoke));
    await clock.advance(10);
    call.abort('timed out above');
    expect(await outcome).toBe('timed out above');
    expect(clock.pendingTimers).toBe(0);
  });

  it('leaves a running retry to it, and is over for the budget', async () => {
    const { clock, budget, policy } = setup();
    const op = script(
      new Error('down'),
      () =>
        new Promise((resolve) => {
          clock.setTimer(() => resolve('came all the same'), 500);
        }),
    );
    const call = new Call(op.next, 1, undefined, undefined, undefined).child();
    const outcome = policy.run(call, invoke);
    await clock.advance(1_000);
    expect([budget.active, budget.retrying]).toEqual([1, 1]);
    call.abort('timed out above');
    expect([budget.active, budget.retrying]).toEqual([0, 0]);
    await clock.runAll();
    expect(await outcome).toBe('came all the same');
    expect([budget.active, budget.retrying]).toEqual([0, 0]);
  });

  it('makes no further attempt when the running one fails', async () => {
    const { clock, policy } = setup();
    let call: Call<unknown> | undefined = undefined;
    const op = script(new Error('down'), () => {
      call?.abort('timed out above');
      throw new Error('down again');
    });
    call = new Call(op.next, 1, undefined, undefined, undefined).child();
    const outcome = reasonOf(policy.run(call, invoke));
    await clock.runAll();
    expect(await outcome).toBe('timed out above');
    expect(op.calls).toBe(2);
  });

  it('that waits for what comes all the same gets it, of a retry too', async () => {
    const { clock, policy } = setup();
    const op = script(
      new Error('down'),
      () =>
        new Promise((resolve) => {
          clock.setTimer(() => resolve('late'), 5_000);
        }),
    );
    const patient = new Timeout({ after: '2s', mode: 'cooperative' }, { clock });
    const outcome = pipeline(patient, policy).execute(op.next);
    await clock.runAll();
    expect(await outcome).toBe('late');
  });
});

it('a late failure of an aborted attempt is not retried', async () => {
  const heard = vi.fn();
  const { clock, caller, policy } = setup(heard);
  const late = () =>
    new Promise((_, reject) => {
      clock.setTimer(() => reject(new Error('late')), 500);
    });
  const op = script(new Error('down'), late);
  const outcome = reasonOf(policy.execute(op.next, { signal: caller.signal }));
  await clock.advance(1_000);
  caller.abort('no');
  await outcome;
  await clock.runAll();
  expect(heard.mock.calls.map(([event]) => event.type)).toEqual(['retry', 'stopped']);
  expect(heard).toHaveBeenLastCalledWith(expect.objectContaining({ reason: 'aborted' }));
  expect(op.calls).toBe(2);
});

it('§2.25 leaves neither timer nor listener behind when it succeeds', async () => {
  const { clock, caller, policy } = setup();
  const added = vi.spyOn(caller.signal, 'addEventListener');
  const removed = vi.spyOn(caller.signal, 'removeEventListener');
  const op = script(new Error('1'), new Error('2'), 'fine');
  const outcome = policy.execute(
    ({ signal }) => {
      expect(signal.aborted).toBe(false);
      return op.next();
    },
    { signal: caller.signal },
  );
  await clock.runAll();
  expect(await outcome).toBe('fine');
  expect(clock.pendingTimers).toBe(0);
  expect(added.mock.calls.length).toBeGreaterThan(0);
  expect(removed).toHaveBeenCalledTimes(added.mock.calls.length);
});
