import { describe, expect, test } from 'vitest';
import {
  atMost,
  type CircuitEvent,
  type CircuitRules,
  type CircuitState,
  consecutive,
  countWindow,
  transition,
  type Verdict,
  waitMs,
} from '../src/index.ts';

const rules: CircuitRules = {
  detector: consecutive(2),
  probes: 2,
  permittedFailureRate: 0,
  probeTimeoutMs: 50,
  maxWait: undefined,
  openFor: (reopenings) => 100 * (reopenings + 1),
};
const open: CircuitState = {
  status: 'open',
  epoch: 5,
  reason: 'failures in a row',
  openedAt: 1_000,
  until: 1_100,
  reopenings: 0,
};
const probing: CircuitState = {
  status: 'half-open',
  epoch: 6,
  enteredAt: 1_100,
  reopenings: 0,
  probes: [{ id: 0, expiresAt: 1_150 }],
  nextProbe: 1,
  ended: 0,
  failed: 0,
  slow: 0,
};
const full: CircuitState = {
  ...probing,
  probes: [
    { id: 0, expiresAt: 1_150 },
    { id: 1, expiresAt: 1_160 },
  ],
  nextProbe: 2,
};
const closed: CircuitState = { status: 'closed', epoch: 4, window: 0 };
const held = { epoch: 7, isolations: 0 };
const measuring: CircuitState = {
  ...held,
  status: 'metrics-only',
  mode: 'metrics-only',
  window: 0,
  exceeded: null,
};
const disabled: CircuitState = { ...held, status: 'disabled', mode: 'disabled' };
const forced: CircuitState = { ...held, status: 'forced-open', mode: 'forced-open' };

const elapsed = (at: number): CircuitEvent => ({ type: 'elapsed', at });
const ended = (
  state: CircuitState,
  verdict: Verdict,
  { at = 1_120, probe = 0, durationMs = 1, openForMs = undefined as number | undefined } = {},
): CircuitEvent => ({
  type: 'settled',
  at,
  epoch: state.epoch,
  probe,
  verdict,
  durationMs,
  openForMs,
});

/** A probe succeeded after so long, where 10 ms are not slow yet, and this share of slow probes opens. */
function afterSuccess(durationMs: number, rate: number): CircuitState {
  const detector = countWindow({ slow: { over: 10, rate } });
  return transition(probing, ended(probing, 'success', { durationMs }), { ...rules, detector });
}

describe('how long a call has to wait', () => {
  test.each<[string, CircuitState, number, number]>([
    ['open: until its time', open, 1_040, 60],
    ['open, when its time has come: not at all', open, 1_100, 0],
    ['open, when its time is long past: not at all', open, 9_000, 0],
    ['half-open with room for a probe: not at all', probing, 1_110, 0],
    ['half-open and full: until its oldest probe is given up', full, 1_110, 40],
    ['half-open and full, when that was to be given up: not at all', full, 1_155, 0],
    ['a probe that succeeded takes room', { ...probing, ended: 1 }, 1_110, 40],
    ['a probe that failed takes room', { ...probing, ended: 1, failed: 1 }, 1_110, 40],
    ['closed: not at all', closed, 5, 0],
    ['disabled: not at all', disabled, 5, 0],
    ['metrics-only: not at all', measuring, 5, 0],
    ['forced open: for ever', forced, 5, Infinity],
  ])('%s', (_claim, state, at, expected) => {
    expect(waitMs(state, at, rules)).toBe(expected);
  });

  test('half-open and full with slow probes: a second at most, since any of them may end', () => {
    const slow = { ...full, probes: full.probes.map(({ id }) => ({ id, expiresAt: 90_000 })) };
    expect(waitMs(slow, 1_110, rules)).toBe(1_000);
  });

  test('a second is a second at any instant, however sums with it round', () => {
    const instants = Array.from({ length: 100 }, (_, i) => 8_191.789 + i * 1.37);
    expect(instants.some((at) => at + 1_000 - at > 1_000)).toBe(true);
    for (const at of instants) {
      const slow = {
        ...full,
        probes: full.probes.map(({ id }) => ({ id, expiresAt: at + 5_000 })),
      };
      expect(waitMs(slow, at, rules)).toBe(1_000);
    }
  });
});

describe('a probe that hangs', () => {
  test('has failed from its time on, and not before', () => {
    expect(transition(full, elapsed(1_149), rules)).toBe(full);
    expect(transition(full, elapsed(1_150), rules)).toMatchObject({
      status: 'open',
      reason: 'probes',
      openedAt: 1_150,
    });
  });

  test('is one failure of those that are permitted', () => {
    const lenient = { ...rules, permittedFailureRate: 0.5 };
    expect(transition(full, elapsed(1_159), lenient)).toEqual({
      ...full,
      probes: [{ id: 1, expiresAt: 1_160 }],
      ended: 1,
      failed: 1,
    });
    expect(transition(full, elapsed(9_000), lenient)).toMatchObject({
      status: 'open',
      openedAt: 1_160,
      reopenings: 1,
    });
    expect(transition(full, elapsed(9_000), { ...rules, permittedFailureRate: 1 })).toEqual({
      status: 'closed',
      epoch: 7,
      window: 0,
    });
  });

  test('is slow too when it may take longer than a slow call', () => {
    const lenient = { ...rules, permittedFailureRate: 1 };
    const slowOver = (over: number) => ({
      ...lenient,
      detector: countWindow({ slow: { over, rate: 0.5 } }),
    });
    expect(transition(full, elapsed(1_150), slowOver(49)).status).toBe('open');
    expect(transition(full, elapsed(1_150), slowOver(50))).toMatchObject({ failed: 1, slow: 0 });
  });
});

describe('half-open that never decides', () => {
  const patient = { ...rules, maxWait: atMost(30) };

  test('opens again when it has lasted its time, and not before', () => {
    expect(transition(full, elapsed(1_129), patient)).toBe(full);
    for (const at of [1_130, 9_000]) {
      expect(transition(full, elapsed(at), patient)).toEqual({
        status: 'open',
        epoch: 7,
        reason: 'no word from probes',
        openedAt: 1_130,
        until: 1_330,
        reopenings: 1,
      });
    }
  });

  test('closes instead when told so, with nothing counted', () => {
    expect(transition(full, elapsed(1_130), { ...patient, maxWait: atMost(30, 'closed') })).toEqual(
      {
        status: 'closed',
        epoch: 7,
        window: 0,
      },
    );
  });

  test('hears a probe that is given up at that very time', () => {
    expect(transition(full, elapsed(9_000), { ...rules, maxWait: atMost(50) })).toMatchObject({
      reason: 'probes',
      openedAt: 1_150,
    });
  });

  test('says nothing of a circuit that is not half-open', () => {
    for (const state of [closed, open, forced, disabled, measuring]) {
      expect(transition(state, elapsed(1e9), { ...rules, maxWait: atMost(1) })).toBe(state);
    }
  });
});

describe('probes that end', () => {
  test('as many may fail as are permitted, and no more', () => {
    const lenient = { ...rules, permittedFailureRate: 0.5 };
    const succeeded: CircuitState = { ...probing, ended: 1 };
    expect(transition(succeeded, ended(succeeded, 'failure'), lenient).status).toBe('closed');
    const failed: CircuitState = { ...probing, ended: 1, failed: 1 };
    expect(transition(failed, ended(failed, 'failure'), lenient).status).toBe('open');
    expect(transition(failed, ended(failed, 'success'), lenient).status).toBe('closed');
  });

  test('one of just the limit is not slow, and slow ones open when they reach their rate', () => {
    expect(afterSuccess(10, 0.5)).toMatchObject({
      status: 'half-open',
      ended: 1,
      failed: 0,
      slow: 0,
    });
    expect(afterSuccess(11, 0.5)).toMatchObject({
      status: 'open',
      reason: 'probes',
      reopenings: 1,
    });
    expect(afterSuccess(11, 0.6)).toMatchObject({
      status: 'half-open',
      ended: 1,
      failed: 0,
      slow: 1,
    });
  });

  test('one opens at once by its verdict, whatever is permitted, for as long as it asks', () => {
    const lenient = { ...rules, permittedFailureRate: 1 };
    expect(transition(probing, ended(probing, 'trip', { openForMs: 7 }), lenient)).toMatchObject({
      status: 'open',
      openedAt: 1_120,
      until: 1_127,
    });
  });

  test('one that is ignored frees its place and says nothing else', () => {
    expect(transition(full, ended(full, 'ignored', { probe: 1, durationMs: 1e9 }), rules)).toEqual(
      probing.status === 'half-open' ? { ...probing, nextProbe: 2 } : undefined,
    );
  });
});

describe('how long an opening lasts', () => {
  const shaken: CircuitState = { ...closed, window: 1 };

  test('is a figure, or what a function makes of the failed recoveries', () => {
    expect(
      transition(shaken, ended(shaken, 'failure', { at: 10 }), { ...rules, openFor: 70 }),
    ).toMatchObject({ openedAt: 10, until: 80 });
    const third: CircuitState = { ...probing, reopenings: 2 };
    expect(transition(third, ended(third, 'failure'), rules)).toMatchObject({
      until: 1_520,
      reopenings: 3,
    });
  });

  test('is what the failure asks for when it asks, be it nothing', () => {
    for (const openForMs of [0, 5]) {
      expect(
        transition(shaken, ended(shaken, 'failure', { at: 10, openForMs }), rules),
      ).toMatchObject({ until: 10 + openForMs });
    }
  });

  test('starts over when it is told to open while open, and no recovery has failed by that', () => {
    const again: CircuitState = { ...open, reopenings: 3 };
    expect(
      transition(again, { type: 'tripped', at: 1_050, cause: 'told to', openForMs: 10 }, rules),
    ).toEqual({
      status: 'open',
      epoch: 6,
      reason: 'told to',
      openedAt: 1_050,
      until: 1_060,
      reopenings: 3,
    });
  });
});

describe('metrics-only', () => {
  const exceeded: CircuitState = { ...measuring, window: 2, exceeded: 'failures in a row' };

  test('remembers why it would have opened the first time', () => {
    expect(transition(exceeded, ended(exceeded, 'trip'), rules)).toMatchObject({
      window: 3,
      exceeded: 'failures in a row',
    });
    expect(transition(exceeded, ended(exceeded, 'success'), rules)).toMatchObject({
      window: 0,
      exceeded: 'failures in a row',
    });
  });

  test('would have opened by a verdict, and would not by a failure that is not enough', () => {
    expect(transition(measuring, ended(measuring, 'trip'), rules)).toMatchObject({
      exceeded: 'verdict',
    });
    expect(transition(measuring, ended(measuring, 'failure'), rules)).toMatchObject({
      window: 1,
      exceeded: null,
    });
  });

  test('hears nothing of ignored calls', () => {
    expect(transition(exceeded, ended(exceeded, 'ignored'), rules)).toBe(exceeded);
  });

  test('is what comes back when an isolation ends, and measures anew', () => {
    const isolated = transition(exceeded, { type: 'isolated' }, rules);
    expect(isolated).toEqual({
      status: 'forced-open',
      epoch: 8,
      mode: 'metrics-only',
      isolations: 1,
    });
    expect(transition(isolated, { type: 'released' }, rules)).toEqual({
      status: 'metrics-only',
      epoch: 9,
      mode: 'metrics-only',
      isolations: 0,
      window: 0,
      exceeded: null,
    });
  });
});
