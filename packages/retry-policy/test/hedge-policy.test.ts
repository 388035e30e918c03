import { Call, type Decision, invoke, pipeline, Timeout, VirtualClock } from '@chimera/policy';
import * as fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { nextStep } from '../src/hedge-state.ts';
import {
  HedgeLostError,
  type HedgeEvent,
  type HedgeOptions,
  HedgePolicy,
  InFlightBudget,
  QuotaBudget,
  type RetryBudget,
  RetryPolicy,
} from '../src/index.ts';

function setup(options: HedgeOptions = {}) {
  const clock = new VirtualClock();
  const events: HedgeEvent[] = [];
  const policy = new HedgePolicy(options, { clock, onEvent: (event) => events.push(event) });
  return { clock, events, policy };
}

type Step = { readonly afterMs: number; readonly gives?: unknown; readonly throws?: Error };

/** Attempts that each take a time and then give or throw. */
function paced(clock: VirtualClock, steps: readonly Step[]) {
  const startedAt: number[] = [];
  const signals: AbortSignal[] = [];
  const operation = ({ attempt, signal }: { attempt: number; signal: AbortSignal }) => {
    startedAt.push(clock.monotonic());
    signals.push(signal);
    const step = steps[attempt - 1] ?? { afterMs: Infinity };
    return new Promise((resolve, reject) => {
      if (step.afterMs === Infinity) return;
      clock.setTimer(() => {
        if (step.throws === undefined) resolve(step.gives);
        else reject(step.throws);
      }, step.afterMs);
    });
  };
  return { operation, startedAt, signals };
}

const failing = () => Promise.reject(new Error('down'));
const reasonOf = (outcome: Promise<unknown>) => outcome.catch((error: unknown) => error);

describe('nextStep', () => {
  it.each([
    [{ started: 1, running: 0 }, 'start'],
    [{ started: 1, running: 1 }, 'start'],
    [{ started: 3, running: 2 }, 'wait'],
    [{ started: 3, running: 0 }, 'give-up'],
  ] as const)('%o of 3 → %s', (state, step) => {
    expect(nextStep(state, 3)).toBe(step);
  });

  it('never starts more than it may, and gives up only when nothing runs', () => {
    fc.assert(
      fc.property(
        fc.nat(20),
        fc.nat(20),
        fc.integer({ min: 1, max: 20 }),
        (started, running, max) => {
          const step = nextStep({ started, running }, max);
          if (step === 'start') return started < max;
          return (step === 'give-up') === (running === 0);
        },
      ),
    );
  });
});

describe('a hedged call', () => {
  it('fails with what its budget throws, and gives back what a failed hedge had cost once', async () => {
    const bug = new Error('bug');
    let [taken, held] = [0, 0];
    const budget: RetryBudget = {
      begin() {},
      withdraw: () => {
        taken += 1;
        if (taken > 1) throw bug;
        held += 1;
        return 1;
      },
      release: (cost) => void (held -= cost),
      end: (_isSuccess, cost) => void (held -= cost),
    };
    const { clock, policy } = setup({ delay: 100, maxHedges: 3, budget });
    const op = paced(clock, [{ afterMs: Infinity }, { afterMs: 10, throws: new Error('slow') }]);
    const reason = reasonOf(policy.execute(op.operation));
    await clock.advance(110);
    expect(await reason).toBe(bug);
    expect(held).toBe(0);
  });

  it('is one attempt when that is fast enough', async () => {
    const { clock, events, policy } = setup({ delay: 100 });
    const op = paced(clock, [{ afterMs: 99, gives: 'first' }]);
    const outcome = policy.execute(op.operation);
    await clock.runAll();
    expect(await outcome).toBe('first');
    expect(op.startedAt).toEqual([0]);
    expect(events).toEqual([]);
    expect(clock.pendingTimers).toBe(0);
  });

  it('begins again beside a slow attempt, and takes the faster answer', async () => {
    const { clock, events, policy } = setup({ delay: 100 });
    const op = paced(clock, [
      { afterMs: 1_000, gives: 'slow' },
      { afterMs: 50, gives: 'fast' },
    ]);
    const outcome = policy.execute(op.operation);
    await clock.advance(150);
    expect(await outcome).toBe('fast');
    expect(op.startedAt).toEqual([0, 100]);
    expect(events).toEqual([
      { type: 'hedge', policy: 'hedge', attempt: 2, reason: 'slow' },
      { type: 'won', policy: 'hedge', attempt: 2, attempts: 2 },
    ]);
  });

  it('takes the first attempt when that is still the faster one', async () => {
    const { clock, policy } = setup({ delay: 100 });
    const op = paced(clock, [
      { afterMs: 120, gives: 'first' },
      { afterMs: 50, gives: 'second' },
    ]);
    const outcome = policy.execute(op.operation);
    await clock.runAll();
    expect(await outcome).toBe('first');
  });

  it('waits 1 s and begins once more by default', async () => {
    const { clock, policy } = setup();
    const op = paced(clock, [{ afterMs: 9_000 }, { afterMs: 9_000 }]);
    const outcome = policy.execute(op.operation);
    await clock.runAll();
    await outcome;
    expect(op.startedAt).toEqual([0, 1_000]);
  });

  it('§4.34 with delay 0 begins all at once', async () => {
    const { clock, policy } = setup({ delay: 0, maxHedges: 3 });
    const op = paced(clock, [
      { afterMs: 40 },
      { afterMs: 30 },
      { afterMs: 20, gives: 3 },
      { afterMs: 30 },
    ]);
    const outcome = policy.execute(op.operation);
    expect(op.startedAt).toEqual([0, 0, 0, 0]);
    await clock.runAll();
    expect(await outcome).toBe(3);
  });

  it('§4.34 with delay Infinity never runs two beside each other', async () => {
    const { clock, policy } = setup({ delay: Infinity, maxHedges: 2 });
    const op = paced(clock, [
      { afterMs: 10_000, throws: new Error('a') },
      { afterMs: 10_000, throws: new Error('b') },
      { afterMs: 5, gives: 'third' },
    ]);
    const outcome = policy.execute(op.operation);
    await clock.runAll();
    expect(await outcome).toBe('third');
    expect(op.startedAt).toEqual([0, 10_000, 20_000]);
  });

  it('asks a delay function for each hedge by its number', async () => {
    const delay = vi.fn((hedge: number) => hedge * 100);
    const { clock, policy } = setup({ delay, maxHedges: 3 });
    const op = paced(clock, []);
    void policy.execute(op.operation);
    await clock.runAll();
    expect(op.startedAt).toEqual([0, 100, 300, 600]);
    expect(delay.mock.calls).toEqual([[1], [2], [3]]);
  });

  it('tells each attempt its number', async () => {
    const { policy } = setup({ delay: 0, maxHedges: 2 });
    const attempts: number[] = [];
    await policy.execute(({ attempt }) => attempts.push(attempt));
    expect(attempts).toEqual([1, 2, 3]);
  });
});

describe('losers', () => {
  it('§4.34 are aborted, the winner is not', async () => {
    const { clock, policy } = setup({ delay: 100 });
    const op = paced(clock, [{ afterMs: Infinity }, { afterMs: 10, gives: 'won' }]);
    const outcome = policy.execute(op.operation);
    await clock.advance(110);
    await outcome;
    expect(op.signals.map(({ aborted }) => aborted)).toEqual([true, false]);
    expect(op.signals[0]?.reason).toBeInstanceOf(HedgeLostError);
    expect(op.signals[0]?.reason).toMatchObject({ name: 'AbortError', code: 'HEDGE_LOST' });
  });

  it('have their results disposed of', async () => {
    const { clock, policy } = setup({ delay: 100 });
    const [late, won] = [vi.fn(), vi.fn()];
    const op = paced(clock, [
      { afterMs: 500, gives: { [Symbol.dispose]: late } },
      { afterMs: 10, gives: { [Symbol.dispose]: won } },
    ]);
    const outcome = policy.execute(op.operation);
    await clock.runAll();
    await outcome;
    expect(late).toHaveBeenCalledTimes(1);
    expect(won).not.toHaveBeenCalled();
  });

  it('fail unheard', async () => {
    const unhandled = vi.fn();
    process.on('unhandledRejection', unhandled);
    const { clock, events, policy } = setup({ delay: 100 });
    const op = paced(clock, [
      { afterMs: 500, throws: new Error('late') },
      { afterMs: 10, gives: 'won' },
    ]);
    const outcome = policy.execute(op.operation);
    await clock.runAll();
    expect(await outcome).toBe('won');
    expect(unhandled).not.toHaveBeenCalled();
    expect(events.at(-1)).toMatchObject({ type: 'won' });
    process.off('unhandledRejection', unhandled);
  });
});

describe('failures', () => {
  it('begin the next attempt at once', async () => {
    const { clock, events, policy } = setup({ delay: 100 });
    const op = paced(clock, [
      { afterMs: 10, throws: new Error('a') },
      { afterMs: 10, gives: 'second' },
    ]);
    const outcome = policy.execute(op.operation);
    await clock.runAll();
    expect(await outcome).toBe('second');
    expect(op.startedAt).toEqual([0, 10]);
    expect(events[0]).toMatchObject({ type: 'hedge', attempt: 2, reason: 'failed' });
  });

  it('of all attempts reject with the last error as it is', async () => {
    const { clock, events, policy } = setup({ delay: 100 });
    const [slow, quick] = [new Error('slow'), new Error('quick')];
    const op = paced(clock, [
      { afterMs: 300, throws: slow },
      { afterMs: 10, throws: quick },
    ]);
    const outcome = reasonOf(policy.execute(op.operation));
    await clock.runAll();
    expect(await outcome).toBe(slow);
    expect(events.at(-1)).toEqual({
      type: 'failed',
      policy: 'hedge',
      attempts: 2,
      errors: [quick, slow],
    });
  });

  it('do not end a call while another attempt runs', async () => {
    const { clock, policy } = setup({ delay: 100 });
    const op = paced(clock, [
      { afterMs: 300, gives: 'slow but sure' },
      { afterMs: 10, throws: new Error('quick') },
    ]);
    const outcome = policy.execute(op.operation);
    await clock.runAll();
    expect(await outcome).toBe('slow but sure');
  });

  it.each([
    ['that stopIf names', new RangeError('no')],
    ['that is an AbortError', new DOMException('gone', 'AbortError')],
  ])('%s ends the call at once, and the other attempts', async (_, error) => {
    const { clock, policy } = setup({
      delay: 100,
      stopIf: (thrown) => thrown instanceof RangeError,
    });
    const op = paced(clock, [{ afterMs: Infinity }, { afterMs: 10, throws: error }]);
    const outcome = reasonOf(policy.execute(op.operation));
    await clock.advance(110);
    expect(await outcome).toBe(error);
    expect(op.signals[0]?.aborted).toBe(true);
  });

  it('of a budget’s function do so too when the hedge was for slowness, of which there is no error', async () => {
    const bug = new TypeError('undefined has no code');
    const costOf = (error: unknown) => {
      if (error === undefined) throw bug;
      return 1;
    };
    const { clock, policy } = setup({ delay: 100, budget: new QuotaBudget({ costOf }) });
    const { operation, signals } = paced(clock, []);
    const outcome = reasonOf(policy.execute(operation));
    await clock.advance(100);
    expect(await outcome).toBe(bug);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
  });

  it('of the caller’s own functions reject the call', async () => {
    const bug = new Error('bug');
    const throwing = () => {
      throw bug;
    };
    await expect(setup({ delay: throwing }).policy.execute(failing)).rejects.toBe(bug);
    await expect(setup({ stopIf: throwing }).policy.execute(failing)).rejects.toBe(bug);
    await expect(setup({ delay: () => NaN }).policy.execute(failing)).rejects.toThrow(
      'hedge-policy: what delay returns must be ms >= 0, got NaN',
    );
  });
});

describe('a caller that gives up', () => {
  it('before the call: no attempt', async () => {
    const { clock, policy } = setup();
    const op = paced(clock, []);
    const signal = AbortSignal.abort('early');
    expect(await reasonOf(policy.execute(op.operation, { signal }))).toBe('early');
    expect(op.startedAt).toEqual([]);
  });

  it('meanwhile: settled at once, every attempt aborted, no timer left', async () => {
    const budget = new InFlightBudget();
    const { clock, events, policy } = setup({ delay: 100, maxHedges: 3, budget });
    const caller = new AbortController();
    const op = paced(clock, []);
    const outcome = reasonOf(policy.execute(op.operation, { signal: caller.signal }));
    await clock.advance(150);
    caller.abort('enough');
    expect(await outcome).toBe('enough');
    expect(op.signals.map(({ reason }) => reason)).toEqual(['enough', 'enough']);
    expect(clock.pendingTimers).toBe(0);
    expect([budget.active, budget.retrying]).toEqual([0, 0]);
    expect(events).toHaveLength(1);
  });

  it('above, and waits for what comes all the same, gets it', async () => {
    const budget = new InFlightBudget();
    const { clock, policy } = setup({ delay: 100, maxHedges: 3, budget });
    const op = paced(clock, [
      { afterMs: 900, gives: 'late' },
      { afterMs: 800, gives: 'later' },
    ]);
    const patient = new Timeout({ after: 150, mode: 'cooperative' }, { clock });
    const outcome = pipeline(patient, policy).execute(op.operation);
    await clock.runAll();
    expect(await outcome).toBe('late');
    expect(op.startedAt).toEqual([0, 100]);
    expect([budget.active, budget.retrying]).toEqual([0, 0]);
  });

  it('above, while attempts fail one by one, rejects with the reason and is paid once', async () => {
    const budget = new InFlightBudget();
    const { clock, policy } = setup({ delay: 100, maxHedges: 3, budget });
    const op = paced(clock, [
      { afterMs: 900, throws: new Error('a') },
      { afterMs: 300, throws: new Error('b') },
    ]);
    const call = new Call(op.operation, 1, undefined, undefined, undefined).child();
    const outcome = reasonOf(policy.run(call, invoke));
    await clock.advance(150);
    call.abort('enough');
    await clock.runAll();
    expect(await outcome).toBe('enough');
    expect(op.startedAt).toEqual([0, 100]);
    expect([budget.active, budget.retrying]).toEqual([0, 0]);
  });

  it('in the listener that hears of the hedge: no hedge', async () => {
    const budget = new InFlightBudget();
    const caller = new AbortController();
    const clock = new VirtualClock();
    const policy = new HedgePolicy(
      { delay: 100, budget },
      { clock, onEvent: () => caller.abort('heard enough') },
    );
    const op = paced(clock, []);
    const outcome = reasonOf(policy.execute(op.operation, { signal: caller.signal }));
    await clock.advance(100);
    expect(await outcome).toBe('heard enough');
    expect(op.startedAt).toEqual([0]);
    expect([budget.active, budget.retrying]).toEqual([0, 0]);
  });
});

describe('the budget', () => {
  it('denies hedges when it is spent, and the attempts that run go on', async () => {
    const budget = new InFlightBudget({ ratio: 0, floor: 1 });
    const { clock, events, policy } = setup({ delay: 100, maxHedges: 3, budget });
    const op = paced(clock, [{ afterMs: 1_000, gives: 'first' }, { afterMs: 2_000 }]);
    const outcome = policy.execute(op.operation);
    await clock.runAll();
    expect(await outcome).toBe('first');
    expect(op.startedAt).toEqual([0, 100]);
    expect(events[1]).toEqual({ type: 'denied', policy: 'hedge', attempt: 3 });
    expect([budget.active, budget.retrying]).toEqual([0, 0]);
  });

  it('when spent leaves a lone failure as it is', async () => {
    const budget = new InFlightBudget({ ratio: 0, floor: 0 });
    const { policy } = setup({ delay: 100, budget });
    const down = new Error('down');
    await expect(policy.execute(() => Promise.reject(down))).rejects.toBe(down);
  });

  it('may be shared with retries', async () => {
    const budget = new QuotaBudget({ capacity: 10, cost: 10 });
    const hedge = setup({ delay: Infinity, budget });
    const retry = new RetryPolicy({ budget, backoff: () => 0 });
    const down = new Error('down');
    await reasonOf(hedge.policy.execute(() => Promise.reject(down)));
    expect(budget.tokens).toBe(0);
    const operation = vi.fn(() => Promise.reject(down));
    await reasonOf(retry.execute(operation));
    expect(operation).toHaveBeenCalledTimes(1);
  });

  it('is given back in full, however attempts end', async () => {
    const steps = fc.array(
      fc.record({
        afterMs: fc.constantFrom(0, 5, 50, 150, 400),
        throws: fc.option(fc.constant(new Error('down')), { nil: undefined }),
      }),
      { minLength: 4, maxLength: 4 },
    );
    const delays = fc.constantFrom<HedgeOptions['delay'] & number>(0, 20, 100, Infinity);
    await fc.assert(
      fc.asyncProperty(
        steps,
        delays,
        fc.nat(3),
        fc.nat(3),
        async (given, delay, maxHedges, floor) => {
          const budget = new InFlightBudget({ ratio: 0, floor });
          const { clock, policy } = setup({ delay, maxHedges, budget });
          const op = paced(
            clock,
            given.map(({ afterMs, throws }) =>
              throws === undefined ? { afterMs, gives: 1 } : { afterMs, throws },
            ),
          );
          const outcome = reasonOf(policy.execute(op.operation));
          await clock.runAll();
          const ended = await outcome;
          expect([budget.active, budget.retrying]).toEqual([0, 0]);
          expect(op.startedAt.length).toBeLessThanOrEqual(1 + maxHedges);
          return ended === 1 || ended instanceof Error;
        },
      ),
      { numRuns: 100 },
    );
  });

  it('false is no budget', async () => {
    const { clock, policy } = setup({ delay: 0, maxHedges: 1_000, budget: false });
    const op = paced(clock, []);
    void policy.execute(op.operation);
    expect(op.startedAt).toHaveLength(1_001);
  });
});

it('no hedge begins at or after the deadline', async () => {
  const { clock, policy } = setup({ delay: 100, maxHedges: 3 });
  const op = paced(clock, [{ afterMs: 900, gives: 'late' }]);
  const outcome = policy.execute(op.operation, { deadline: 200 });
  await clock.runAll();
  expect(await outcome).toBe('late');
  expect(op.startedAt).toEqual([0, 100]);
});

it('a call that is to be explained gets its hedges noted', async () => {
  const { clock, policy } = setup({ delay: 100 });
  const op = paced(clock, [{ afterMs: Infinity }, { afterMs: 1 }]);
  const trail: Decision[] = [];
  const outcome = policy.run(new Call(op.operation, 1, undefined, undefined, trail), invoke);
  await clock.advance(101);
  await outcome;
  expect(trail).toEqual([{ policy: 'hedge', action: 'hedge', reason: 'attempt 1 is slow' }]);
});

it('around a retry aborts the loser’s delay', async () => {
  const clock = new VirtualClock();
  const hedge = new HedgePolicy({ delay: 100 }, { clock });
  const retry = new RetryPolicy({ backoff: () => 10_000 }, { clock });
  let calls = 0;
  const outcome = pipeline(hedge, retry).execute(() => {
    calls += 1;
    if (calls === 1) throw new Error('down');
    return 'fine';
  });
  await clock.advance(100);
  expect(await outcome).toBe('fine');
  await clock.runAll();
  expect(calls).toBe(2);
  expect(clock.monotonic()).toBe(100);
});

it('reaches subscribers until they unsubscribe', async () => {
  const policy = new HedgePolicy({ maxHedges: 0 });
  const heard = vi.fn();
  const unsubscribe = policy.subscribe(heard);
  await reasonOf(policy.execute(() => Promise.reject(new Error('1'))));
  unsubscribe();
  await reasonOf(policy.execute(() => Promise.reject(new Error('2'))));
  expect(heard).toHaveBeenCalledTimes(1);
});

it.each<[HedgeOptions, string]>([
  [{ maxHedges: -1 }, 'hedge-policy: maxHedges must be an integer >= 0, got -1'],
  [{ delay: -1 }, "hedge-policy: delay must be a duration >= 0 (ms, '2s', '5m', '1h'), got -1"],
])('%o is refused', (options, message) => {
  expect(() => new HedgePolicy(options)).toThrow(new RangeError(message));
});
