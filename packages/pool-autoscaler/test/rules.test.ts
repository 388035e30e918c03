import {
  gradient,
  lean,
  panic,
  PoolAutoscaler,
  type PoolSnapshot,
  scalingPolicy,
  type ScalingRule,
  scalingRule,
  scheduled,
  seasonal,
  target,
} from '@chimera/pool-autoscaler';
import { VirtualClock } from '@chimera/policy';
import { describe, expect, test } from 'vitest';

/** Runs a rule second by second, the pool doing at once what it is told. */
function harness(rules: ScalingRule | readonly ScalingRule[], size = 3, startsAt = 0) {
  const clock = new VirtualClock(startsAt);
  const autoscaler = new PoolAutoscaler({ rules }, { clock });
  let current = size;
  const run = async (seconds: number, snapshot: Omit<PoolSnapshot, 'size'>) => {
    for (let second = 0; second < seconds; second += 1) {
      await clock.advance(1_000);
      const running = Math.min(snapshot.running ?? 0, current);
      current = autoscaler.evaluate({ ...snapshot, size: current, running }).to;
    }
    return current;
  };
  return { autoscaler, clock, run };
}

const idle = { running: 0, queued: 0 };

describe('target', () => {
  test('keeps utilisation at the target, after the stabilisation window', async () => {
    const { run } = harness(target(), 10);
    expect(await run(299, { running: 4, queued: 0 })).toBe(10);
    expect(await run(10, { running: 4, queued: 0 })).toBe(6);
  });

  test('leaves a distance within the tolerance alone', async () => {
    const near = { running: 7, queued: 0 };
    expect(await harness(target({ utilisation: 0.65 }), 10).run(600, near)).toBe(10);
    expect(await harness(target({ utilisation: 0.5, tolerance: 0.05 }), 9).run(1, near)).toBe(10);
  });

  test('grows at once, by at most 4 per 15 s', async () => {
    const { run } = harness(target());
    const flood = { running: 3, queued: 30 };
    expect(await run(1, flood)).toBe(7);
    expect(await run(14, flood)).toBe(7);
    expect(await run(1, flood)).toBe(10);
    expect(await harness(target({ upBy: 1, upEveryMs: 0 })).run(2, flood)).toBe(5);
  });

  test('a peak holds the pool up for the stabilisation window', async () => {
    const { run } = harness(target({ stabilisationMs: '60s' }));
    await run(70, idle);
    await run(1, { running: 3, queued: 4 });
    expect(await run(59, idle)).toBe(7);
    expect(await run(3, idle)).toBe(3);
  });
});

describe('lean', () => {
  test('gives every waiting piece of work a slot at once', async () => {
    const { run } = harness(lean());
    expect(await run(1, { running: 3, queued: 5 })).toBe(8);
  });

  test('follows the demand down slot by slot, once the recent peak is known', async () => {
    const { run } = harness(lean(), 10);
    expect(await run(10, idle)).toBe(10);
    expect(await run(1, idle)).toBe(9);
    expect(await run(1, idle)).toBe(8);
    expect(await run(60, idle)).toBe(3);
    expect(await harness(lean({ downEveryMs: '5s' }), 10).run(16, idle)).toBe(8);
    expect(await harness(lean({ windowMs: '1s' }), 10).run(2, idle)).toBe(9);
  });

  test('keeps a share of the recent peak, and headroom', async () => {
    const sizes: number[] = [];
    for (const rule of [lean(), lean({ peakShare: 1 }), lean({ headroom: 1 })]) {
      const { run } = harness(rule, 10);
      await run(60, { running: 9, queued: 0 });
      sizes.push(await run(9, { running: 2, queued: 0 }));
    }
    expect(sizes).toEqual([7, 9, 8]);
  });

  test('does not shrink right after a growth', async () => {
    const sizes: number[] = [];
    for (const rule of [lean(), lean({ reversalMs: 0 }), lean({ reversalMs: '9s' })]) {
      const { run } = harness(rule);
      await run(30, idle);
      await run(1, { running: 3, queued: 6 });
      sizes.push(await run(3, idle));
    }
    expect(sizes).toEqual([7, 6, 9]);
  });
});

describe('panic', () => {
  test('a burst that asks for twice the pool is met within the short window', async () => {
    const { run } = harness(panic());
    await run(120, { running: 1, queued: 0 });
    expect(await run(6, { running: 3, queued: 10 })).toBe(10);
  });

  test('does not shrink in a panic, and ends it after the stable window', async () => {
    const { autoscaler, run } = harness(panic());
    await run(120, { running: 1, queued: 0 });
    await run(6, { running: 3, queued: 10 });
    expect(await run(50, idle)).toBe(10);
    expect(autoscaler.decisions.at(-1)?.reason).toMatch(/^panic: /);
    expect(await run(60, idle)).toBe(3);
    expect(autoscaler.decisions.at(-1)?.reason).toMatch(/^stable: /);
  });

  test('grows slowly while the burst is under twice the pool', async () => {
    const { run } = harness(panic(), 6);
    await run(120, { running: 4, queued: 0 });
    expect(await run(5, { running: 6, queued: 0 })).toBe(7);
    expect(
      await harness(panic({ panicAt: 1, panicMs: '1s' }), 6).run(1, { running: 6, queued: 0 }),
    ).toBe(9);
  });

  test('takes at most half of the pool in one shrink', async () => {
    const { run } = harness(panic({ stableMs: '10s', panicMs: '1s' }), 10);
    await run(60, { running: 6, queued: 0 });
    const sizes: number[] = [];
    for (let second = 0; second < 40; second += 1) sizes.push(await run(1, idle));
    const steepest = Math.max(...sizes.map((size, index) => (sizes[index - 1] ?? size) / size));
    expect(steepest).toBeLessThanOrEqual(2);
    expect(sizes.at(-1)).toBe(3);
  });
});

/** Work that takes 1 s on up to 4 slots, and longer the more there are beyond. */
async function sizeUnderContention(rules: ScalingRule | readonly ScalingRule[]): Promise<number> {
  const { run } = harness(rules);
  let size = await run(30, { running: 2, queued: 0, p95Ms: 1_000 });
  for (let second = 0; second < 120; second += 1) {
    const p95Ms = 1_000 * Math.max(1, (size / 4) ** 2);
    size = await run(1, { running: size, queued: 20, p95Ms });
  }
  return size;
}

/** The limit after a minute of this use, after a bad time. */
async function limitAfter(running: number): Promise<number> {
  const { autoscaler, run } = harness(gradient({ probe: 3 }));
  await run(30, { running: 10, queued: 7, p95Ms: 100 });
  await run(40, { running: 8, queued: 0, p95Ms: 10_000 });
  await run(60, { running, queued: 0, p95Ms: 100 });
  return Number(/allows ([\d.]+) slots/.exec(autoscaler.decisions.at(-1)?.reason ?? '')?.[1]);
}

describe('gradient', () => {
  test('grows slot by slot, and stops where more slots only make work slower', async () => {
    expect(await sizeUnderContention(gradient())).toBeLessThan(7);
    expect(await sizeUnderContention(gradient({ tolerance: 100 }))).toBe(10);
    expect(await sizeUnderContention(gradient({ longWindow: 10 }))).toBe(10);
  });

  test('limits other rules too', async () => {
    expect(await sizeUnderContention(lean())).toBe(10);
    expect(await sizeUnderContention([lean(), gradient()])).toBeLessThan(7);
  });

  test('probes and smooths as told', async () => {
    const busy = { running: 10, queued: 9, p95Ms: 100 };
    expect(await harness(gradient()).run(10, busy)).toBe(5);
    expect(await harness(gradient({ probe: 3 })).run(10, busy)).toBe(9);
    expect(await harness(gradient({ smoothing: 0.5 })).run(10, busy)).toBe(8);
  });

  test('forgets a long time of slowness faster than it came', async () => {
    const { run } = harness(gradient());
    await run(60, { running: 3, queued: 0, p95Ms: 10_000 });
    await run(150, { running: 3, queued: 0, p95Ms: 100 });
    // Were the slow latency still the standard, four times the good one would be fine.
    expect(await run(60, { running: 9, queued: 9, p95Ms: 400 })).toBeLessThan(10);
  });

  test('until a latency is known, it gives all work a slot', async () => {
    expect(await harness(gradient()).run(1, { running: 3, queued: 20 })).toBe(10);
  });

  test('does not raise the limit while less than half of it is used', async () => {
    expect(await limitAfter(1)).toBeLessThan(8);
    expect(await limitAfter(10)).toBe(10);
  });
});

function sizeAt(rule: ScalingRule, at: number): Promise<number> {
  return harness(rule, 3, at).run(1, idle);
}

describe('scheduled', () => {
  // 2024-01-01 was a Monday.
  const monday = Date.UTC(2024, 0, 1);
  const office = [{ from: '08:00', to: '18:00', floor: 8, days: [1, 2, 3, 4, 5] }];
  const at = (hour: number, minute = 0, day = 0) =>
    monday + ((day * 24 + hour) * 60 + minute) * 60_000 - 1_000;

  test.each([
    [at(7, 59), 3],
    [at(8), 8],
    [at(17, 59), 8],
    [at(18), 3],
    [at(12, 0, 5), 3],
    [at(12, 0, 7), 8],
  ])('at %i the pool is %i', async (instant, size) => {
    expect(await sizeAt(scheduled(office), instant)).toBe(size);
  });

  test('a span over midnight belongs to the day on which it begins', async () => {
    const night = scheduled([{ from: '22:00', to: '06:00', floor: 5, days: [1] }]);
    expect(await sizeAt(night, at(23))).toBe(5);
    expect(await sizeAt(night, at(5, 0, 1))).toBe(5);
    expect(await sizeAt(night, at(5))).toBe(3);
    expect(await sizeAt(night, at(23, 0, 1))).toBe(3);
  });

  test('local time is an offset from UTC', async () => {
    expect(await sizeAt(scheduled(office, 120), at(6))).toBe(8);
    expect(await sizeAt(scheduled(office, 120), at(16))).toBe(3);
  });

  test('only ever raises what the load asks for', async () => {
    const { run } = harness([lean(), scheduled(office)], 3, at(12));
    expect(await run(1, { running: 3, queued: 7 })).toBe(10);
    expect(await run(120, idle)).toBe(8);
  });

  test.each([
    [[{ from: '24:00', to: '06:00', floor: 5 }], /from must be a time of day, HH:MM, got "24:00"/],
    [[{ from: '08:00', to: '6', floor: 5 }], /to must be a time of day/],
    [[{ from: '08:00', to: '18:00', floor: 0 }], /floor must be an integer >= 1/],
    [[{ from: '08:00', to: '18:00', floor: 5, days: [7] }], /days must be an integer from 0 to 6/],
  ])('refuses %j', (floors, message) => {
    expect(() => scheduled(floors)).toThrow(message);
  });
});

const known = [lean(), seasonal({ periodMs: '10m', parts: 10, leadMs: '10s', share: 1 })];

describe('seasonal', () => {
  test('the pool is there before the load of last period comes again', async () => {
    const { run } = harness(known);
    await run(300, idle);
    await run(59, { running: 3, queued: 6 });
    await run(241, idle);
    expect(await run(280, idle)).toBe(3);
    expect(await run(15, idle)).toBe(9);
    expect(await run(120, idle)).toBe(3);
  });

  test('knows nothing in the first period', async () => {
    expect(await harness(known).run(599, idle)).toBe(3);
  });
});

function fixed(want: number, limit?: number): ScalingRule {
  return scalingRule({
    name: `fixed ${want}`,
    pace: { upBy: Infinity, downBy: Infinity, upEveryMs: 0, downEveryMs: 0, reversalMs: 0 },
    advise: () => ({
      advice: { want, reason: `wants ${want}`, ...(limit === undefined ? {} : { limit }) },
      memory: undefined,
    }),
  });
}

describe('several rules', () => {
  test.each([
    { wants: [fixed(5), fixed(8)], size: 6, to: 8, why: 'one is enough to grow' },
    { wants: [fixed(5), fixed(8)], size: 8, to: 8, why: 'one is enough not to shrink' },
    { wants: [fixed(5), fixed(4)], size: 8, to: 5, why: 'all must agree to shrink' },
    { wants: [fixed(9), fixed(4, 6)], size: 5, to: 6, why: 'a limit holds for all' },
    { wants: [fixed(9), fixed(4, 6)], size: 8, to: 6, why: 'a limit shrinks' },
  ])('$size becomes $to: $why', async ({ wants, size, to }) => {
    expect(await harness(wants, size).run(1, idle)).toBe(to);
  });

  test('a shrink keeps the pace of the slowest', async () => {
    const slow = { ...fixed(3), pace: { ...fixed(3).pace, downBy: 1, downEveryMs: 5_000 } };
    for (const rules of [
      [fixed(3), slow],
      [slow, fixed(3)],
    ]) {
      const { run } = harness(rules, 10);
      expect(await run(5, idle)).toBe(9);
      expect(await run(1, idle)).toBe(8);
    }
  });
});

test.each([
  [() => target({ utilisation: 0 }), /utilisation must be a number from 0.01 to 1, got 0/],
  [() => target({ upBy: 0 }), /upBy must be an integer >= 1/],
  [() => lean({ peakShare: 1.1 }), /peakShare must be a number from 0 to 1/],
  [() => lean({ windowMs: 0 }), /windowMs must be a duration >= 1/],
  [() => panic({ panicMs: '60s' }), /panicMs must be under stableMs \(60000\), got 60000/],
  [() => gradient({ tolerance: 0.5 }), /tolerance must be a number >= 1/],
  [() => gradient({ smoothing: 0 }), /smoothing must be a number from 0.001 to 1/],
  [() => gradient({ longWindow: 0 }), /longWindow must be an integer >= 1/],
  [() => seasonal({ parts: 0 }), /parts must be an integer from 1 to 10080/],
  [() => seasonal({ share: 2 }), /share must be a number from 0 to 1/],
  [
    () => scalingPolicy({ rules: lean(), upBy: 3 }),
    /upBy must be given to threshold\(\) when rules are given/,
  ],
])('%s is refused', (build, message) => {
  expect(build).toThrow(RangeError);
  expect(build).toThrow(message);
});
