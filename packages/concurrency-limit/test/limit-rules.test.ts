import fc from 'fast-check';
import { describe, expect, expectTypeOf, test } from 'vitest';
import {
  aimd,
  gradient2,
  type Gradient2State,
  type LimitRule,
  type LimitState,
  logRoot,
  type Sample,
  vegas,
  windowed,
} from '../src/index.ts';

function sample(values: Partial<Sample>): Sample {
  return { at: 0, rttMs: 10, inFlight: 1_000, isDropped: false, random: 0, ...values };
}

/** The limits after each of the samples. */
function limitsOf<State extends LimitState>(
  rule: LimitRule<State>,
  samples: readonly Partial<Sample>[],
): number[] {
  let state = rule.initial;
  return samples.map((values) => {
    state = rule.after(state, sample(values));
    return state.limit;
  });
}

describe('aimd', () => {
  test('scenario 46: a drop takes 30 to 27', () => {
    expect(limitsOf(aimd({ initial: 30 }), [{ isDropped: true }])).toEqual([27]);
  });

  test('grows by one while at least half of it is in use', () => {
    const rule = aimd({ initial: 20 });
    expect(limitsOf(rule, [{ inFlight: 10 }, { inFlight: 10 }, { inFlight: 11 }])).toEqual([
      21, 21, 22,
    ]);
  });

  test('takes a call beyond its timeout for a drop', () => {
    const rule = aimd({ initial: 100, timeout: '1s' });
    expect(limitsOf(rule, [{ rttMs: 1_000 }, { rttMs: 1_001 }])).toEqual([101, 90]);
  });

  test('begins with 20 and stays between 20 and 200 unless told otherwise', () => {
    expect(aimd().initial.limit).toBe(20);
    expect(limitsOf(aimd(), [{ isDropped: true }])).toEqual([20]);
    expect(limitsOf(aimd({ initial: 200 }), [{}])).toEqual([200]);
  });
});

describe('vegas', () => {
  test('scenario 46: from 100, times of 10, 20, 20 ms, halving with a smoothing of 0.5', () => {
    const rule = vegas({
      initial: 100,
      max: 200,
      smoothing: 0.5,
      decrease: (limit) => limit / 2,
    });
    const times = [10, 20, 20].map((rttMs) => ({ rttMs, inFlight: 100 }));
    expect(limitsOf(rule, times).map(Math.floor)).toEqual([100, 75, 56]);
  });

  const published = { initial: 10, max: 20, alpha: () => 3, beta: () => 6 };

  test.each([
    ['grows by beta without a queue', [10, 10], [10, 11], [10, 16]],
    ['falls by one when the queue is too long', [10, 50], [10, 11], [10, 9]],
    ['stays between alpha and beta', [10, 14], [10, 14], [10, 10]],
    ['grows by one when the queue is small', [10, 12], [10, 10], [10, 11]],
    ['stays when less than half of it is used', [10, 10], [10, 4], [10, 10]],
  ])('%s', (_what, times, inFlights, limits) => {
    const samples = times.map((rttMs, index) => ({ rttMs, inFlight: inFlights[index] ?? 0 }));
    expect(limitsOf(vegas(published), samples)).toEqual(limits);
  });

  test('falls after a drop, however little of it is used', () => {
    expect(limitsOf(vegas(published), [{}, { isDropped: true, inFlight: 1 }])).toEqual([10, 9]);
  });

  test('measures the time without load anew after about thirty calls for each of the limit', () => {
    const rule = vegas({ initial: 2, max: 2 });
    let state = rule.initial;
    for (let call = 1; call < 60; call += 1) state = rule.after(state, sample({ rttMs: 5 }));
    expect(state.noLoadMs).toBe(5);
    state = rule.after(state, sample({ rttMs: 50, random: 0 }));
    expect(state).toEqual({ limit: 2, noLoadMs: 50, callsSinceProbe: 0, probeJitter: 0.5 });
    for (let call = 1; call < 30; call += 1) state = rule.after(state, sample({ rttMs: 60 }));
    expect(state.noLoadMs).toBe(50);
    expect(rule.after(state, sample({ rttMs: 70 })).noLoadMs).toBe(70);
  });

  test.each([
    [1, 1],
    [99, 1],
    [100, 2],
    [999, 2],
    [1_000, 31],
  ])('the step at a limit of %d is %d', (limit, step) => {
    expect(logRoot(limit)).toBe(step);
  });

  test('begins with 20, and ends at 1 and at 1000, unless told otherwise', () => {
    expect(vegas().initial.limit).toBe(20);
    const falling = Array.from({ length: 30 }, () => ({ isDropped: true }));
    expect(limitsOf(vegas(), falling).at(-1)).toBe(1);
    const growing = Array.from({ length: 300 }, () => ({}));
    expect(limitsOf(vegas(), growing).at(-1)).toBe(1_000);
  });
});

describe('gradient2', () => {
  test('grows by a fifth of the queue size while times are even', () => {
    const rule = gradient2();
    expect(limitsOf(rule, [{}, {}, {}])).toEqual([20.8, 21.6, 22.4].map((limit) => closeTo(limit)));
  });

  test('ten equal calls, then one five times as long: the numbers of the formula', () => {
    const rule = gradient2({ initial: 100 });
    const samples = [...Array.from({ length: 10 }, () => ({ rttMs: 10 })), { rttMs: 50 }];
    const [before = 0, after] = limitsOf(rule, samples).slice(-2);
    const longMs = 10 + (2 / 601) * 40;
    const gradient = Math.max(0.5, (1.5 * longMs) / 50);
    expect(gradient).toBe(0.5);
    expect(after).toBeCloseTo(0.8 * before + 0.2 * (before * gradient + 4), 9);
  });

  test('times up to the tolerance change nothing', () => {
    const rule = gradient2({ initial: 100 });
    const samples = [...Array.from({ length: 10 }, () => ({ rttMs: 10 })), { rttMs: 15 }];
    const [before = 0, after] = limitsOf(rule, samples).slice(-2);
    expect(after).toBeCloseTo(before + 0.8, 9);
  });

  test('neither grows nor falls while less than half of it is in use', () => {
    const rule = gradient2({ initial: 100 });
    const samples = [10, 10, 500].map((rttMs) => ({ rttMs, inFlight: 49 }));
    expect(limitsOf(rule, samples)).toEqual([100, 100, 100]);
  });

  test('after a long overload the long average is let down by a twentieth with each call', () => {
    const rule = gradient2();
    const overloaded: Gradient2State = { limit: 20, longMs: 100, warmUpCalls: 10, warmUpMs: 1_000 };
    const { longMs } = rule.after(overloaded, sample({ rttMs: 10 }));
    expect(longMs).toBeCloseTo((100 - (2 / 601) * 90) * 0.95, 9);
    const mild = rule.after(overloaded, sample({ rttMs: 60 }));
    expect(mild.longMs).toBeCloseTo(100 - (2 / 601) * 40, 9);
  });

  test('stays between 20 and 200 unless told otherwise', () => {
    expect(
      limitsOf(
        gradient2(),
        Array.from({ length: 500 }, () => ({})),
      ).at(-1),
    ).toBe(200);
    const slower = Array.from({ length: 60 }, (_, call) => ({ rttMs: 1.3 ** call }));
    expect(limitsOf(gradient2({ initial: 150 }), slower).at(-1)).toBe(20);
  });
});

describe('windowed', () => {
  const rule = windowed(aimd({ initial: 20 }), { min: '1s', max: '2s', calls: 2 });

  test('learns once for a window: from more than `calls` calls, and not before it has lasted', () => {
    const limits = limitsOf(rule, [
      { at: 0 },
      { at: 1 },
      { at: 2 },
      { at: 3 },
      { at: 4 },
      { at: 5 },
      { at: 1_002 },
      { at: 1_003 },
    ]);
    expect(limits).toEqual([20, 20, 21, 21, 21, 21, 21, 22]);
  });

  test('a window lasts twice as long as its shortest call, within its bounds', () => {
    const windows = [
      [100, 1_000],
      [700, 1_400],
      [5_000, 2_000],
    ] as const;
    for (const [rttMs, lastsMs] of windows) {
      let state = rule.initial;
      for (const more of [50, 0, 10]) state = rule.after(state, sample({ rttMs: rttMs + more }));
      expect(state.endsAt).toBe(lastsMs);
    }
  });

  test('the rule is told the average time, the most in flight, and any drop', () => {
    const told: Sample[] = [];
    const spy: LimitRule = {
      shape: 'spy',
      initial: { limit: 7 },
      after: (state, one) => {
        told.push(one);
        return state;
      },
    };
    const samples = [
      { rttMs: 10, inFlight: 3, at: 1 },
      { rttMs: 20, inFlight: 9, at: 2, isDropped: true },
      { rttMs: 60, inFlight: 5, at: 3, random: 0.25 },
    ];
    limitsOf(windowed(spy, { calls: 2 }), samples);
    expect(told).toEqual([{ rttMs: 30, inFlight: 9, at: 3, isDropped: true, random: 0.25 }]);
  });

  test('calls under a tenth of a millisecond are left out', () => {
    const short = Array.from({ length: 20 }, (_, at) => ({ at, rttMs: 0.09 }));
    expect(limitsOf(rule, short).at(-1)).toBe(20);
  });

  test('the end of a window of another process holds nothing up', () => {
    const state = { ...rule.initial, endsAt: 1e12, calls: 5, sumMs: 50, shortestMs: 10 };
    expect(rule.after(state, sample({ at: 3 })).limit).toBe(21);
  });

  test('keeps the type of the rule within', () => {
    expectTypeOf(windowed(gradient2()).initial.rule).toEqualTypeOf<Gradient2State>();
  });
});

const bounds = fc
  .tuple(fc.integer({ min: 1, max: 50 }), fc.nat(50), fc.nat(50))
  .map(([min, toInitial, toMax]) => ({
    min,
    initial: min + toInitial,
    max: min + toInitial + toMax,
  }));

const samples = fc.array(
  fc.record({
    at: fc.nat(100_000),
    rttMs: fc.double({ min: 0.001, max: 1e7, noNaN: true }),
    inFlight: fc.integer({ min: 1, max: 300 }),
    isDropped: fc.boolean(),
    random: fc.double({ min: 0, max: 0.999, noNaN: true }),
  }),
  { maxLength: 200, size: '+1' },
);

describe.each([
  ['aimd', aimd],
  ['vegas', vegas],
  ['gradient2', gradient2],
  ['windowed vegas', (options: Parameters<typeof vegas>[0]) => windowed(vegas(options))],
] as readonly (readonly [string, (options: object) => LimitRule])[])('%s', (_name, make) => {
  test('never leaves its bounds, and never is anything but a number', () => {
    fc.assert(
      fc.property(bounds, samples, (options, all) => {
        for (const limit of limitsOf(make(options), all)) {
          expect(limit).toBeGreaterThanOrEqual(options.min);
          expect(limit).toBeLessThanOrEqual(options.max);
        }
      }),
    );
  });

  test('does not grow while less than half of the limit is in use', () => {
    fc.assert(
      fc.property(bounds, samples, (options, all) => {
        const rule = make(options);
        const idle = all.map((one) => ({ ...one, inFlight: 1 }));
        const limits = [options.initial, ...limitsOf(rule, idle)];
        for (const [index, limit] of limits.entries()) {
          const before = limits[index - 1] ?? limit;
          expect(limit <= before || before <= 2).toBe(true);
        }
      }),
    );
  });

  test('has a state that goes through JSON', () => {
    fc.assert(
      fc.property(bounds, samples, (options, all) => {
        const rule = make(options);
        let state = rule.initial;
        for (const one of all) {
          const stored: LimitState = JSON.parse(JSON.stringify(state));
          state = rule.after(state, one);
          expect(rule.after(stored, one)).toEqual(state);
        }
      }),
      { numRuns: 30 },
    );
  });

  test('leaves the state that it is given as it is', () => {
    const rule = make({});
    Object.freeze(rule.initial);
    expect(() => limitsOf(rule, [{}, { rttMs: 3 }, { isDropped: true }])).not.toThrow();
  });
});

test.each([
  [() => aimd({ min: 0 }), 'min must be an integer from 1 to 1000000, got 0'],
  [() => aimd({ min: 5, max: 4 }), 'max must be an integer from 5 to 1000000, got 4'],
  [() => aimd({ initial: 10 }), 'initial must be an integer from 20 to 200, got 10'],
  [() => aimd({ backoffRatio: 1 }), 'backoffRatio must be a number from 0.5 to 0.999, got 1'],
  [() => vegas({ smoothing: 0 }), 'smoothing must be a number from 0.001 to 1, got 0'],
  [() => gradient2({ tolerance: 0.9 }), 'tolerance must be a number from 1 to 1000, got 0.9'],
  [() => gradient2({ queueSize: -1 }), 'queueSize must be an integer from 0 to 1000000, got -1'],
  [() => windowed(aimd(), { calls: 0 }), 'calls must be an integer >= 1, got 0'],
])('wrong options are refused (%#)', (make, message) => {
  expect(make).toThrow(new RangeError(`concurrency-limit: ${message}`));
});

test('bounds move the limit that it begins with, unless that is given', () => {
  expect(gradient2({ min: 1, max: 8 }).initial.limit).toBe(8);
  expect(gradient2({ min: 300 }).initial.limit).toBe(300);
  expect(gradient2({ min: 1, max: 8, initial: 3 }).initial.limit).toBe(3);
});

function closeTo(value: number): unknown {
  return expect.closeTo(value, 9);
}
