import { describe, expect, test } from 'vitest';
import {
  aimd,
  gradient2,
  type Gradient2State,
  type LimitRule,
  type LimitState,
  type Sample,
  vegas,
  type VegasState,
  windowed,
} from '../src/index.ts';

function sample(values: Partial<Sample> = {}): Sample {
  return { at: 0, rttMs: 10, inFlight: 1_000, isDropped: false, random: 0, ...values };
}

function limitAfter<State extends LimitState>(
  rule: LimitRule<State>,
  values: Partial<Sample>,
  state: State = rule.initial,
): number {
  return rule.after(state, sample(values)).limit;
}

/** A rule that notes what it is told. */
function spied() {
  const told: Sample[] = [];
  const rule: LimitRule = {
    shape: 'spy',
    initial: { limit: 7 },
    after: (state, one) => {
      told.push(one);
      return state;
    },
  };
  return { told, rule };
}

test('stored limits are taken up by later versions: their shapes stay as they are', () => {
  expect([aimd(), vegas(), gradient2(), windowed(aimd())].map(({ shape }) => shape)).toEqual([
    'aimd',
    'vegas',
    'gradient2',
    'windowed aimd',
  ]);
});

describe('aimd', () => {
  test('a drop leaves a whole limit', () => {
    expect(limitAfter(aimd({ initial: 25 }), { isDropped: true })).toBe(22);
  });

  test('a drop takes as much as backoffRatio says', () => {
    expect(limitAfter(aimd({ initial: 100, backoffRatio: 0.5 }), { isDropped: true })).toBe(50);
  });

  test('a call of 5 s went well, and one that is longer did not, unless told otherwise', () => {
    expect(limitAfter(aimd({ initial: 100 }), { rttMs: 5_000 })).toBe(101);
    expect(limitAfter(aimd({ initial: 100 }), { rttMs: 5_001 })).toBe(90);
  });
});

describe('vegas at a limit of 100, where a step is 2', () => {
  const state: VegasState = { limit: 100, noLoadMs: 10, callsSinceProbe: 1, probeJitter: 1 };

  test.each([
    [0, 10, 112],
    [2, 10.15, 112],
    [3, 10.25, 102],
    [5, 10.5, 102],
    [6, 10.6, 100],
    [12, 11.3, 100],
    [13, 11.4, 98],
  ])('with %d queued (%d ms) goes to %d', (_queued, rttMs, limit) => {
    expect(limitAfter(vegas(), { rttMs, inFlight: 50 }, state)).toBe(limit);
  });

  test('counts how many calls it has learned from since the last probe', () => {
    expect(vegas().after(state, sample({ rttMs: 10 })).callsSinceProbe).toBe(2);
    expect(vegas().after(state, sample({ rttMs: 5 }))).toEqual({
      limit: 100,
      noLoadMs: 5,
      callsSinceProbe: 2,
      probeJitter: 1,
    });
  });

  test('probes as often as probeMultiplier says, and no two of a fleet at the same call', () => {
    const rule = vegas({ probeMultiplier: 2 });
    const due = { ...state, callsSinceProbe: 198 };
    expect(rule.after(due, sample({ rttMs: 40, random: 0.5 })).noLoadMs).toBe(10);
    const probed = rule.after({ ...due, callsSinceProbe: 199 }, sample({ rttMs: 40, random: 0.5 }));
    expect(probed).toEqual({ limit: 100, noLoadMs: 40, callsSinceProbe: 0, probeJitter: 0.75 });
  });

  test('steps that are given replace the published ones', () => {
    const steps = {
      threshold: () => 0,
      alpha: () => 20,
      beta: () => 30,
      increase: (limit: number) => limit + 7,
      decrease: (limit: number) => limit - 9,
    };
    const rule = vegas(steps);
    expect(limitAfter(rule, { rttMs: 10 }, state)).toBe(130);
    expect(limitAfter(rule, { rttMs: 11.4 }, state)).toBe(107);
    expect(limitAfter(rule, { rttMs: 12.8 }, state)).toBe(100);
    expect(limitAfter(rule, { rttMs: 20 }, state)).toBe(91);
  });
});

describe('gradient2', () => {
  const state: Gradient2State = { limit: 20, longMs: 100, warmUpCalls: 10, warmUpMs: 1_000 };

  test('learns from half of the limit on', () => {
    expect(limitAfter(gradient2({ min: 1 }), { rttMs: 100, inFlight: 9 }, state)).toBe(20);
    expect(limitAfter(gradient2({ min: 1 }), { rttMs: 100, inFlight: 10 }, state)).toBe(20.8);
  });

  test('grows no faster when times fall', () => {
    expect(limitAfter(gradient2({ min: 1 }), { rttMs: 10 }, state)).toBe(20.8);
  });

  test('falls in proportion to the time over its tolerated average, by half at most', () => {
    const rule = gradient2({ min: 1, smoothing: 1, queueSize: 0, tolerance: 1, longWindow: 3 });
    // The average moves by half of the way: from 100 to 140, and to 550.
    expect(limitAfter(rule, { rttMs: 180 }, state)).toBeCloseTo((20 * 140) / 180, 9);
    expect(limitAfter(rule, { rttMs: 1_000 }, state)).toBeCloseTo((20 * 550) / 1_000, 9);
    const slow = gradient2({ min: 1, smoothing: 1, queueSize: 0, tolerance: 1 });
    expect(limitAfter(slow, { rttMs: 1_000 }, state)).toBe(10);
  });

  test('averages the first ten calls, and counts no further', () => {
    const rule = gradient2();
    const second = rule.after({ ...state, warmUpCalls: 1, warmUpMs: 30 }, sample({ rttMs: 20 }));
    expect(second).toMatchObject({ longMs: 25, warmUpCalls: 2, warmUpMs: 50 });
    expect(rule.after(state, sample({ rttMs: 100 }))).toMatchObject({
      longMs: 100,
      warmUpCalls: 10,
      warmUpMs: 1_000,
    });
  });

  test('an average of just twice the time of now is let down no faster', () => {
    const early = { ...state, warmUpCalls: 1, warmUpMs: 30 };
    expect(gradient2().after(early, sample({ rttMs: 10 })).longMs).toBe(20);
    expect(gradient2().after(early, sample({ rttMs: 9.9 })).longMs).toBeCloseTo(19.95 * 0.95, 9);
  });
});

describe('windowed', () => {
  test('learns from more than ten calls, and then for a second not, unless told otherwise', () => {
    const { told, rule } = spied();
    const learner = windowed(rule);
    let state = learner.initial;
    for (let call = 0; call < 10; call += 1) state = learner.after(state, sample({ rttMs: 900 }));
    expect(told).toEqual([]);
    state = learner.after(state, sample({ rttMs: 900 }));
    expect(told.length).toBe(1);
    expect(state).toMatchObject({ endsAt: 1_000, calls: 0, sumMs: 0, mostInFlight: 0 });
    for (let call = 0; call < 20; call += 1) state = learner.after(state, sample({ at: 1_000 }));
    expect(told.length).toBe(1);
    learner.after(state, sample({ at: 1_001 }));
    expect(told.length).toBe(2);
  });

  test('lasts as long as `min`, also when that is longer than a second', () => {
    const learner = windowed(aimd(), { min: '3s', calls: 1 });
    const state = learner.after(learner.after(learner.initial, sample()), sample());
    expect(state.endsAt).toBe(3_000);
  });

  test('a drop is told once, and not of the window after it', () => {
    const { told, rule } = spied();
    const learner = windowed(rule, { calls: 1 });
    let state = learner.after(learner.initial, sample({ isDropped: true }));
    for (const at of [1, 1_002, 1_003, 2_005]) state = learner.after(state, sample({ at }));
    expect(told.map(({ isDropped }) => isDropped)).toEqual([true, false]);
  });

  test('a call of a tenth of a millisecond counts', () => {
    const learner = windowed(aimd());
    expect(learner.after(learner.initial, sample({ rttMs: 0.1 })).calls).toBe(1);
  });

  test('the end of a window may be as far away as a window lasts at most, and no further', () => {
    const learner = windowed(aimd(), { max: '2s', calls: 1 });
    const full = { ...learner.initial, calls: 5, sumMs: 50, shortestMs: 10, mostInFlight: 20 };
    expect(limitAfter(learner, { at: 10 }, { ...full, endsAt: 2_010 })).toBe(20);
    expect(limitAfter(learner, { at: 10 }, { ...full, endsAt: 2_011 })).toBe(21);
  });
});

test.each([
  ['timeout must be a duration >= 1', () => aimd({ timeout: 0 })],
  ['max must be a duration >= 2000', () => windowed(aimd(), { min: '2s', max: '1s' })],
  ['min must be a duration >= 1', () => windowed(aimd(), { min: 0 })],
  ['smoothing must be a number from 0.001 to 1', () => gradient2({ smoothing: 0 })],
  ['longWindow must be an integer from 1 to 1000000', () => gradient2({ longWindow: 0 })],
  ['probeMultiplier must be an integer from 1 to 1000000', () => vegas({ probeMultiplier: 0 })],
])('refuses what is out of bounds by name: %s', (message, make) => {
  expect(make).toThrow(RangeError);
  expect(make).toThrow(`concurrency-limit: ${message}`);
});
