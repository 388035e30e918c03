import { VirtualClock } from '@chimera/policy';
import { describe, expect, it, vi } from 'vitest';
import {
  constant,
  type RetryEvent,
  type RetryOptions,
  RetryPolicy,
  unwanted,
  within,
} from '../src/index.ts';
import { script } from './script.ts';

const backoff = constant(1_000, { jitter: 0 });
const isBusy = (result: unknown) => (result as { status?: number } | undefined)?.status === 503;

function setup(options: RetryOptions) {
  const clock = new VirtualClock();
  const events: RetryEvent[] = [];
  const policy = new RetryPolicy(
    { backoff, retryResult: unwanted(isBusy), ...options },
    { clock, onEvent: (event) => events.push(event) },
  );
  return { clock, events, policy };
}

const hang = () => new Promise<never>(() => {});
const busy = () => ({ status: 503, [Symbol.dispose]: vi.fn() });

describe('retryResult', () => {
  it('retries a result that is not wanted', async () => {
    const { clock, events, policy } = setup({});
    const op = script({ status: 503 }, { status: 200 });
    const outcome = policy.execute(op.next);
    await clock.runAll();
    expect(await outcome).toEqual({ status: 200 });
    expect(events).toMatchObject([
      {
        type: 'retry',
        reason: 'result',
        error: { code: 'UNWANTED_RESULT', result: { status: 503 } },
      },
      { type: 'recovered', attempts: 2 },
    ]);
  });

  it('leaves wanted results alone', async () => {
    const { events, policy } = setup({});
    expect(await policy.execute(script({ status: 200 }).next)).toEqual({ status: 200 });
    expect(events).toEqual([]);
  });

  it('§4.33 disposes of the five results before the last, and returns the last', async () => {
    const { clock, policy } = setup({ maxRetries: 5 });
    const results = Array.from({ length: 6 }, busy);
    const outcome = policy.execute(script(...results).next);
    await clock.runAll();
    expect(await outcome).toBe(results[5]);
    expect(results.map((result) => result[Symbol.dispose].mock.calls.length)).toEqual([
      1, 1, 1, 1, 1, 0,
    ]);
  });

  it('takes what the test throws for thrown by the attempt, and disposes of the result', async () => {
    const { clock, events, policy } = setup({
      maxRetries: 1,
      retryResult: unwanted(() => {
        throw new Error('bug in the test');
      }),
    });
    const results = [busy(), busy()] as const;
    const outcome = policy.execute(script(...results).next).catch(String);
    await clock.runAll();
    expect(await outcome).toBe('Error: bug in the test');
    for (const result of results) expect(result[Symbol.dispose]).toHaveBeenCalledOnce();
    expect(events.map(({ type }) => type)).toEqual(['retry', 'stopped']);
  });

  it('is not asked of retryIf and stopIf', async () => {
    const { clock, policy } = setup({ retryIf: () => false, stopIf: () => true });
    const outcome = policy.execute(script({ status: 503 }, { status: 200 }).next);
    await clock.runAll();
    expect(await outcome).toEqual({ status: 200 });
  });

  it('judges attempts within their time', async () => {
    const { clock, policy } = setup({ attemptTimeout: within('2s'), maxRetries: 1 });
    const op = script(hang, { status: 503 });
    const outcome = policy.execute(op.next);
    await clock.runAll();
    expect(await outcome).toEqual({ status: 503 });
  });

  it('mixes with errors: the last attempt decides what the call gives', async () => {
    const { clock, policy } = setup({ maxRetries: 1 });
    const outcome = policy.execute(script({ status: 503 }, new Error('down')).next).catch(String);
    await clock.runAll();
    expect(await outcome).toBe('Error: down');
    const other = policy.execute(script(new Error('down'), { status: 503 }).next);
    await clock.runAll();
    expect(await other).toEqual({ status: 503 });
  });
});

describe('a discarded result', () => {
  it('is disposed of before the delay', async () => {
    const { clock, policy } = setup({});
    const first = busy();
    const outcome = policy.execute(script(first, { status: 200 }).next);
    await clock.advance(0);
    expect(first[Symbol.dispose]).toHaveBeenCalledTimes(1);
    await clock.runAll();
    await outcome;
  });

  it('goes to `dispose` when that is given', async () => {
    const dispose = vi.fn();
    const { clock, policy } = setup({ retryResult: unwanted(isBusy, { dispose }) });
    const first = busy();
    const outcome = policy.execute(script(first, { status: 200 }).next);
    await clock.runAll();
    await outcome;
    expect(dispose).toHaveBeenCalledExactlyOnceWith(first);
    expect(first[Symbol.dispose]).not.toHaveBeenCalled();
  });

  it('is waited for when it is disposed of asynchronously', async () => {
    const { clock, policy } = setup({ backoff: () => 0 });
    const closing = () =>
      new Promise<void>((resolve) => {
        clock.setTimer(resolve, 300);
      });
    const op = script({ status: 503, [Symbol.asyncDispose]: closing }, { status: 200 });
    const outcome = policy.execute(op.next);
    await clock.advance(299);
    expect(op.calls).toBe(1);
    await clock.advance(1);
    expect(await outcome).toEqual({ status: 200 });
  });

  it('that cannot be disposed of is told, and changes nothing', async () => {
    const error = new Error('stuck');
    for (const dispose of [() => Promise.reject(error), throwing(error)]) {
      const { clock, events, policy } = setup({ retryResult: unwanted(isBusy, { dispose }) });
      const outcome = policy.execute(script({ status: 503 }, { status: 200 }).next);
      await clock.runAll();
      expect(await outcome).toEqual({ status: 200 });
      expect(events).toContainEqual({ type: 'dispose-failed', policy: 'retry', error });
    }
  });

  it('hanging in its disposal does not hold up an abort', async () => {
    const { clock, policy } = setup({
      retryResult: unwanted(isBusy, { dispose: () => new Promise(() => {}) }),
    });
    const caller = new AbortController();
    const op = script({ status: 503 });
    const outcome = policy
      .execute(op.next, { signal: caller.signal })
      .catch((error: unknown) => error);
    await clock.advance(0);
    caller.abort('enough');
    expect(await outcome).toBe('enough');
    expect(op.calls).toBe(1);
  });

  it('is disposed of once, also when the delay after it is aborted', async () => {
    const { clock, policy } = setup({});
    const caller = new AbortController();
    const first = busy();
    const outcome = policy.execute(script(first).next, { signal: caller.signal }).catch(String);
    await clock.advance(500);
    caller.abort('enough');
    expect(await outcome).toBe('enough');
    await clock.runAll();
    expect(first[Symbol.dispose]).toHaveBeenCalledTimes(1);
  });

  it('whose disposal ends after an abort starts no delay any more', async () => {
    const { clock, policy } = setup({
      retryResult: unwanted(isBusy, {
        dispose: () =>
          new Promise((resolve) => {
            clock.setTimer(resolve, 300);
          }),
      }),
    });
    const caller = new AbortController();
    const op = script({ status: 503 });
    const outcome = policy.execute(op.next, { signal: caller.signal }).catch(String);
    await clock.advance(100);
    caller.abort('enough');
    await outcome;
    await clock.advance(200);
    expect(clock.pendingTimers).toBe(0);
    expect(op.calls).toBe(1);
  });

  it('of an aborted call is disposed of too', async () => {
    const { clock, policy } = setup({});
    const caller = new AbortController();
    const last = busy();
    const op = script(() => {
      caller.abort('enough');
      return last;
    });
    await policy.execute(op.next, { signal: caller.signal }).catch(() => {});
    await clock.advance(0);
    expect(last[Symbol.dispose]).toHaveBeenCalledTimes(1);
  });
});

function throwing(error: Error) {
  return () => {
    throw error;
  };
}
