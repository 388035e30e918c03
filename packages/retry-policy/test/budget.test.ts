import { VirtualClock } from '@chimera/policy';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DefaultBudget } from '../src/in-flight-budget.ts';
import {
  constant,
  InFlightBudget,
  QuotaBudget,
  type RetryBudget,
  type RetryEvent,
  type RetryOptions,
  RetryPolicy,
  WindowBudget,
  unwanted,
} from '../src/index.ts';
import { script } from './script.ts';

const down = new Error('down');
const empty: RetryBudget = { begin() {}, withdraw: () => -1, release() {}, end() {} };

function grants(
  active: number,
  budget: DefaultBudget = new InFlightBudget({ ratio: 0.2, floor: 3 }),
): number {
  for (let call = 0; call < active; call += 1) budget.begin();
  let granted = 0;
  while (budget.withdraw() > 0) granted += 1;
  return granted;
}

const failing = (status: number, code?: string) => Object.assign(new Error(`${status}`), { code });
const isThrottling = (error: unknown) => (error as { code?: string }).code === 'Throttling';

function spend(budget: WindowBudget): number {
  let granted = 0;
  while (budget.withdraw() > 0) granted += 1;
  return granted;
}

function standard(tokens: number, maxRetries = 2) {
  const clock = new VirtualClock();
  const seen: number[] = [];
  const delays: number[] = [];
  const budget = new QuotaBudget({
    capacity: tokens,
    costOf: (error) => (isThrottling(error) ? 5 : undefined),
  });
  const policy = new RetryPolicy(
    {
      budget,
      maxRetries,
      // b = 1: full jitter that always draws the whole delay.
      backoff: (retry, { error }) =>
        Math.min(20_000, (isThrottling(error) ? 1_000 : 50) * 2 ** (retry - 1)),
    },
    {
      clock,
      onEvent: (event) => {
        if (event.type !== 'retry') return;
        seen.push(budget.tokens);
        delays.push(event.delayMs);
      },
    },
  );
  const call = async (...steps: unknown[]) => {
    const op = script(...steps);
    const outcome = policy.execute(op.next).catch((error: Error) => error.message);
    await clock.runAll();
    const result = await outcome;
    seen.push(budget.tokens);
    return { result, calls: op.calls };
  };
  return { call, seen, delays };
}

it('the default budget is an InFlightBudget without options', () => {
  for (const calls of [0, 2_500, 2_501, 4_000]) {
    expect(grants(calls, new DefaultBudget())).toBe(grants(calls, new InFlightBudget()));
  }
});

describe('a budget that is spent', () => {
  it('§2.21 gives the original error, and is asked before any delay', async () => {
    const clock = new VirtualClock();
    const events: RetryEvent[] = [];
    const policy = new RetryPolicy(
      { budget: empty },
      { clock, onEvent: (event) => events.push(event) },
    );
    const op = script(down);
    await expect(policy.execute(op.next)).rejects.toBe(down);
    expect(clock.pendingTimers).toBe(0);
    expect(events).toEqual([
      { type: 'stopped', policy: 'retry', attempts: 1, reason: 'budget', error: down },
    ]);
  });

  it('is not asked for what is not retried anyway', async () => {
    const asked: unknown[] = [];
    const budget = {
      ...empty,
      withdraw: (error: unknown) => {
        asked.push(error);
        return 1;
      },
    };
    const policy = new RetryPolicy({ budget, maxRetries: 1, backoff: () => 0 });
    await policy.execute(script(down, new Error('last')).next).catch(() => {});
    expect(asked).toEqual([down]);
  });

  it('gives the last result when a result was to be retried', async () => {
    const policy = new RetryPolicy({ budget: empty, retryResult: unwanted(() => true) });
    expect(await policy.execute(() => 'busy')).toBe('busy');
  });

  it('is refilled for every policy that shares it', async () => {
    const budget = new QuotaBudget({ capacity: 10, cost: 10 });
    const options: RetryOptions = { budget, backoff: () => 0 };
    const [one, other] = [new RetryPolicy(options), new RetryPolicy(options)];
    await one.execute(script(down, down).next).catch(() => {});
    expect(budget.tokens).toBe(0);
    const refused = script(down);
    await other.execute(refused.next).catch(() => {});
    expect(refused.calls).toBe(1);
    for (let call = 0; call < 10; call += 1) await one.execute(() => 'fine');
    expect(await other.execute(script(down, 'fine').next)).toBe('fine');
  });

  it('false is no budget', async () => {
    const policy = new RetryPolicy({ budget: false, maxRetries: Infinity, backoff: () => 0 });
    const failing = Array.from({ length: 2_000 }, () =>
      policy.execute(({ attempt }) => (attempt < 3 ? Promise.reject(down) : 'fine')),
    );
    expect(new Set(await Promise.all(failing))).toEqual(new Set(['fine']));
  });
});

describe('by default', () => {
  it('never denies a lone caller its 3 retries, however long the outage', async () => {
    const events: RetryEvent[] = [];
    const policy = new RetryPolicy(
      { backoff: () => 0 },
      { onEvent: (event) => events.push(event) },
    );
    for (let call = 0; call < 1_000; call += 1) {
      await policy.execute(() => Promise.reject(down)).catch(() => {});
    }
    const stops = events.filter((event) => event.type === 'stopped');
    expect(stops.length).toBe(1_000);
    expect(stops.every((stop) => stop.attempts === 4 && stop.reason === 'max-retries')).toBe(true);
  });

  it('lets 500 calls retry at once, and of 5 000 a fifth', async () => {
    for (const [calls, expected] of [
      [600, 500],
      [5_000, 1_000],
    ] as const) {
      const clock = new VirtualClock();
      let retries = 0;
      const onEvent = (event: RetryEvent) => {
        if (event.type === 'retry') retries += 1;
      };
      const policy = new RetryPolicy({ backoff: constant('1s') }, { clock, onEvent });
      const outage = new Promise((_, reject) => {
        clock.setTimer(() => reject(down), 1);
      });
      const outcomes = Array.from({ length: calls }, () =>
        policy.execute(({ attempt }) => (attempt === 1 ? outage : 'fine')).catch(() => {}),
      );
      await clock.runAll();
      await Promise.all(outcomes);
      // Calls that are refused end at once, and make the fifth of those that are left smaller.
      expect(retries).toBeLessThanOrEqual(expected);
      expect(retries).toBeGreaterThanOrEqual(Math.min(expected, 500));
    }
  });
});

describe('InFlightBudget', () => {
  it('§4.45 rate 0.5, floor 2, one execution, one retry: the next is allowed, then denied', () => {
    const budget = new InFlightBudget({ ratio: 0.5, floor: 2 });
    budget.begin();
    expect(budget.withdraw()).toBe(1);
    expect([budget.active, budget.retrying]).toEqual([1, 1]);
    expect(budget.withdraw()).toBe(1);
    expect(budget.withdraw()).toBe(-1);
  });

  it('with Envoy’s figures lets 20 of 100 retry, and 3 of any number', () => {
    expect([1, 10, 100].map((active) => grants(active))).toEqual([3, 3, 20]);
  });

  it('is empty again when all calls have ended, and never above its bound before', async () => {
    const outcomes = fc.array(fc.array(fc.boolean(), { minLength: 1, maxLength: 5 }), {
      minLength: 1,
      maxLength: 30,
    });
    await fc.assert(
      fc.asyncProperty(outcomes, fc.nat(5), async (scripts, floor) => {
        const clock = new VirtualClock();
        const budget = new InFlightBudget({ ratio: 0.2, floor });
        let isBound = true;
        const onEvent = (event: RetryEvent) => {
          if (event.type !== 'retry') return;
          isBound &&= budget.retrying - 1 < Math.max(floor, budget.active * 0.2);
        };
        const policy = new RetryPolicy(
          { budget, maxRetries: 4, backoff: (retry) => retry * 10 },
          { clock, onEvent },
        );
        const calls = scripts.map((results) =>
          policy
            .execute(({ attempt }) =>
              results[attempt - 1] === true ? 'fine' : Promise.reject(down),
            )
            .catch(() => {}),
        );
        await clock.runAll();
        await Promise.all(calls);
        return isBound && budget.active === 0 && budget.retrying === 0;
      }),
      { numRuns: 50 },
    );
  });
});

describe('QuotaBudget reproduces the AWS SDKs’ standard mode', () => {
  it('§4.37 500, 500, 200: quota 486, 472, then 486; 50 and 100 ms', async () => {
    const { call, seen, delays } = standard(500);
    expect(await call(failing(500), failing(500), 200)).toEqual({ result: 200, calls: 3 });
    expect(seen).toEqual([486, 472, 486]);
    expect(delays).toEqual([50, 100]);
  });

  it('§4.38 20 tokens, 5 attempts, 500, 502: quota 6, the second retry is denied', async () => {
    const { call, seen } = standard(20, 4);
    expect(await call(failing(500), failing(502))).toEqual({ result: '502', calls: 2 });
    expect(seen).toEqual([6, 6]);
  });

  it('§4.39 30 tokens: 500, 502, 200, 500, 200 leave 16, 2, 16, 2, 16', async () => {
    const { call, seen } = standard(30, 4);
    await call(failing(500), failing(502), 200);
    await call(failing(500), 200);
    expect(seen).toEqual([16, 2, 16, 2, 16]);
  });

  it('§4.40 throttling takes 5 tokens and 1 000 ms, and gives them back', async () => {
    const { call, seen, delays } = standard(500);
    await call(failing(400, 'Throttling'), 200);
    expect(seen).toEqual([495, 500]);
    expect(delays).toEqual([1_000]);
  });

  it.each([Number.NaN, -1])('is not spoilt by a cost of %d', (cost) => {
    const budget = new QuotaBudget({ costOf: () => cost });
    expect(() => budget.withdraw(failing(500))).toThrow(
      `retry-policy: what costOf returns must be a number >= 0, got ${cost}`,
    );
    expect(budget.tokens).toBe(500);
  });

  it('gives 1 token for a success without a retry, and none for a failure', async () => {
    const { call, seen } = standard(28);
    await call(failing(500), failing(500), failing(500));
    await call(200);
    expect(seen).toEqual([14, 0, 0, 1]);
  });

  it('§4.47 spanning an outer policy’s attempts, bounds the inner retries of the whole call', async () => {
    const events: string[] = [];
    const hear = (who: string) => (event: RetryEvent) => {
      if (event.type === 'retry') events.push(who);
    };
    const inner = new RetryPolicy(
      { maxRetries: 1, backoff: () => 0, budget: new QuotaBudget({ capacity: 1, cost: 1 }) },
      { onEvent: hear('inner') },
    );
    const outer = new RetryPolicy({ maxRetries: 10, backoff: () => 0 }, { onEvent: hear('outer') });
    const op = script(down, down, down, down, down, 'fine');
    expect(await outer.execute(() => inner.execute(op.next))).toBe('fine');
    expect(op.calls).toBe(6);
    // Failures 1 and 2 are the inner policy's; 2, 3, 4 and 5 reach the outer.
    expect(events).toEqual(['inner', 'outer', 'outer', 'outer', 'outer']);
  });

  it('never holds less than nothing or more than its capacity', () => {
    const step = fc.oneof(
      fc.constant({ type: 'withdraw' as const }),
      fc.record({ type: fc.constant('end' as const), succeeded: fc.boolean(), paid: fc.boolean() }),
    );
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), fc.array(step), (capacity, steps) => {
        const budget = new QuotaBudget({ capacity });
        return steps.every((each) => {
          if (each.type === 'withdraw') budget.withdraw(down);
          else budget.end(each.succeeded, each.paid ? 14 : 0);
          return budget.tokens >= 0 && budget.tokens <= capacity;
        });
      }),
    );
  });
});

describe('WindowBudget', () => {
  it.each([
    [0.2, 0],
    [0.2, 10],
    [0.1, 1],
    [0.5, 5],
    [1, 0],
    [2, 3],
    [0, 7],
  ])(
    '§4.43 10 000 deposits at %d with %d a second in reserve give 10k·p + r retries',
    (p, rate) => {
      const budget = new WindowBudget(
        { ratio: p, reservePerSecond: rate },
        { clock: new VirtualClock() },
      );
      for (let call = 0; call < 10_000; call += 1) budget.begin();
      const expected = 10_000 * p + rate * 10;
      expect(Math.abs(spend(budget) - expected)).toBeLessThanOrEqual(1);
    },
  );

  it('forgets calls and retries when they leave the window', async () => {
    const clock = new VirtualClock();
    const budget = new WindowBudget({ reservePerSecond: 0 }, { clock });
    for (let call = 0; call < 100; call += 1) budget.begin();
    expect(spend(budget)).toBe(20);
    await clock.advance(9_999);
    expect(budget.available).toBe(0);
    for (let call = 0; call < 50; call += 1) budget.begin();
    expect(budget.available).toBe(10);
    await clock.advance(1);
    expect(budget.available).toBe(10);
    await clock.advance(10_000);
    expect(budget.available).toBe(0);
  });

  it('forgets everything after an idle hour', async () => {
    const clock = new VirtualClock();
    const budget = new WindowBudget({ ratio: 1, reservePerSecond: 1 }, { clock });
    for (let call = 0; call < 100; call += 1) budget.begin();
    spend(budget);
    await clock.advance(3_600_000);
    expect(budget.available).toBe(10);
  });

  it('a lone caller has its reserve', async () => {
    const clock = new VirtualClock();
    const policy = new RetryPolicy({ budget: new WindowBudget({}, { clock }) }, { clock });
    const op = script(down, down, down, 'fine');
    const outcome = policy.execute(op.next);
    await clock.runAll();
    expect(await outcome).toBe('fine');
  });

  it('decides as a log of all calls and retries would', async () => {
    const steps = fc.array(
      fc.record({ waitMs: fc.nat(3_000), calls: fc.nat(20), retries: fc.nat(20) }),
      { maxLength: 30 },
    );
    await fc.assert(
      fc.asyncProperty(steps, fc.double({ min: 0, max: 2, noNaN: true }), async (given, ratio) => {
        const clock = new VirtualClock();
        const budget = new WindowBudget({ ratio, reservePerSecond: 1 }, { clock });
        const calls: number[] = [];
        const retries: number[] = [];
        for (const step of given) {
          await clock.advance(step.waitMs);
          const now = clock.monotonic();
          const begin = (Math.floor(now / 1_000) - 9) * 1_000;
          const inWindow = (log: readonly number[]) => log.filter((at) => at >= begin).length;
          for (let call = 0; call < step.calls; call += 1) {
            budget.begin();
            calls.push(now);
          }
          for (let retry = 0; retry < step.retries; retry += 1) {
            const isGranted = inWindow(calls) * ratio + 10 - inWindow(retries) >= 1;
            if (isGranted) retries.push(now);
            expect(budget.withdraw()).toBe(isGranted ? 1 : -1);
          }
        }
      }),
      { numRuns: 50 },
    );
  });
});

describe('wrong options', () => {
  it.each([
    [() => new InFlightBudget({ ratio: -1 }), 'retry-policy: ratio must be a number >= 0, got -1'],
    [
      () => new InFlightBudget({ floor: NaN }),
      'retry-policy: floor must be a number >= 0, got NaN',
    ],
    [
      () => new QuotaBudget({ capacity: 0 }),
      'retry-policy: capacity must be an integer >= 1, got 0',
    ],
    [
      () => new WindowBudget({ window: 0 }),
      "retry-policy: window must be a duration >= 1 (ms, '2s', '5m', '1h'), got 0",
    ],
  ])('are refused', (make, message) => {
    expect(make).toThrow(new RangeError(message));
  });
});
