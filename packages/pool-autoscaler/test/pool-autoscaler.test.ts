import * as fc from 'fast-check';
import { VirtualClock } from '@chimera/policy';
import {
  decide,
  initialState,
  PoolAutoscaler,
  type PoolSnapshot,
  type ScalingDecision,
  type ScalingEvent,
  scalingRule,
  threshold,
} from '@chimera/pool-autoscaler';
import { expect, expectTypeOf, test } from 'vitest';
import { load } from './scaling-run.ts';

function harness(options: ConstructorParameters<typeof PoolAutoscaler>[0] = {}) {
  const clock = new VirtualClock(1_700_000_000_000);
  const events: ScalingEvent[] = [];
  const autoscaler = new PoolAutoscaler(options, { clock, onEvent: (event) => events.push(event) });
  return { clock, events, autoscaler };
}

test('does what the pure decision says, at the instants of its clock', async () => {
  await fc.assert(
    fc.asyncProperty(load, async (ticks) => {
      const { clock, autoscaler } = harness();
      let state = initialState;
      let size = 3;
      for (const { afterMs, ...tick } of ticks.slice(0, 60)) {
        await clock.advance(afterMs);
        const timed = { ...tick, size, at: clock.monotonic(), wallAt: clock.now() };
        const expected = decide(timed, state, autoscaler.policy);
        state = expected.state;
        expect(autoscaler.evaluate({ ...tick, size })).toEqual(expected.decision);
        expect(autoscaler.state).toEqual(state);
        size = expected.decision.to;
      }
    }),
    { numRuns: 20 },
  );
});

test('a jump of the wall clock changes nothing', async () => {
  const { clock, autoscaler } = harness();
  expect(autoscaler.evaluate({ size: 5, running: 5, queued: 0 }).action).toBe('up');
  clock.jumpWall(3_600_000);
  await clock.advance(1_000);
  expect(autoscaler.evaluate({ size: 7, running: 0, queued: 0 })).toMatchObject({
    cause: 'cooldown',
  });
  clock.jumpWall(-7_200_000);
  await clock.advance(59_000);
  expect(autoscaler.evaluate({ size: 7, running: 0, queued: 0 })).toMatchObject({ action: 'down' });
});

test.for([
  [{ size: 3, running: 0, queued: 0 }, 'steady', /at or under 30 %; 3 is the least allowed$/],
  [{ size: 10, running: 9, queued: 0 }, 'at-limit', /at or over 80 %; 10 is the most allowed$/],
  [{ size: 5, running: 5, queued: 9, cap: 5 }, 'at-limit', /80 %; it is capped at 5 now$/],
  [{ size: 3, running: 2, queued: 0 }, 'steady', /between 30 % and 80 %$/],
  [{ size: 10, running: 6, queued: 0 }, 'steady', /between 30 % and 80 %$/],
] as const)(
  'where a bound alone holds the size, the reason says so: %j',
  ([seen, cause, reason]) => {
    expect(harness().autoscaler.evaluate(seen)).toMatchObject({
      action: 'hold',
      cause,
      reason: expect.stringMatching(reason),
    });
  },
);

test('a size that is asked for in parts of a slot is held by no bound', () => {
  const rule = scalingRule<undefined>({
    name: 'parts',
    pace: { upBy: 1, downBy: 1, upEveryMs: 0, downEveryMs: 0, reversalMs: 0 },
    advise: () => ({ advice: { want: 2.5, reason: 'wants 2.5' }, memory: undefined }),
  });
  const { autoscaler } = harness({ min: 3, max: 10, rules: [rule] });
  const decision = autoscaler.evaluate({ size: 3, running: 1, queued: 0 });
  expect(decision).toMatchObject({ action: 'hold', reason: 'wants 2.5' });
});

test('does not grow while growth is pointless, nor shrink because work cannot start', () => {
  const { autoscaler } = harness();
  expect(autoscaler.evaluate({ size: 5, running: 5, queued: 40, blocked: true })).toMatchObject({
    action: 'hold',
    cause: 'blocked',
  });
  expect(autoscaler.evaluate({ size: 5, running: 0, queued: 0, blocked: true }).action).toBe(
    'hold',
  );
  const blocked = 'the planner is ill';
  expect(autoscaler.evaluate({ size: 5, running: 5, queued: 40, blocked })).toMatchObject({
    cause: 'blocked',
    reason: 'the planner is ill; more slots would not help',
  });
});

test('a cap overrules the minimum, and lifting it gives the minimum back', () => {
  const { autoscaler } = harness();
  expect(autoscaler.evaluate({ size: 6, running: 1, queued: 0, cap: 2 })).toMatchObject({ to: 2 });
  expect(autoscaler.evaluate({ size: 2, running: 2, queued: 5, cap: 2 })).toMatchObject({ to: 2 });
  expect(autoscaler.evaluate({ size: 2, running: 0, queued: 0 })).toMatchObject({ to: 3 });
});

test('values that are too old count as unknown', () => {
  const { autoscaler } = harness({ staleAfterMs: '5s' });
  const busy = { size: 5, running: 5, queued: 5 };
  expect(autoscaler.evaluate({ ...busy, ageMs: 5_001 })).toMatchObject({
    action: 'hold',
    cause: 'missing',
  });
  expect(autoscaler.evaluate({ ...busy, ageMs: 5_000 }).action).toBe('up');
});

test('an unknown size holds at the last known one', () => {
  const { autoscaler } = harness();
  autoscaler.evaluate({ size: 6, running: 4, queued: 0 });
  expect(autoscaler.evaluate({ size: NaN, running: 4, queued: 0 })).toMatchObject({
    from: 6,
    to: 6,
  });
});

test('a slot is taken away only after idling for as long as a resize costs', async () => {
  const { clock, autoscaler } = harness({
    rules: threshold({ cooldownMs: 0 }),
    resizeCostMs: '20s',
  });
  const idle = { size: 10, running: 0, queued: 0 };
  for (let second = 0; second < 20; second += 1) {
    expect(autoscaler.evaluate(idle)).toMatchObject({ action: 'hold', cause: 'resize-cost' });
    await clock.advance(1_000);
  }
  expect(autoscaler.evaluate(idle)).toMatchObject({ action: 'down', to: 9 });
});

test('a growth delays a shrink by the reversal window alone', async () => {
  const pace = { upBy: 9, downBy: 9, upEveryMs: 0, downEveryMs: 60_000, reversalMs: 2_000 };
  const rules = scalingRule({
    name: 'demand',
    pace,
    advise: ({ demand }) => ({ advice: { want: demand, reason: '' }, memory: undefined }),
  });
  const { clock, autoscaler } = harness({ rules });
  expect(autoscaler.evaluate({ size: 3, running: 3, queued: 4 })).toMatchObject({ to: 7 });
  await clock.advance(2_000);
  expect(autoscaler.evaluate({ size: 7, running: 4, queued: 0 })).toMatchObject({ to: 4 });
});

test('a rule that answers NaN leaves the pool to the others, wherever it stands', () => {
  const pace = { upBy: 9, downBy: 9, upEveryMs: 0, downEveryMs: 0, reversalMs: 0 };
  const rule = (name: string, want: number) =>
    scalingRule({
      name,
      pace,
      advise: () => ({ advice: { want, reason: name }, memory: undefined }),
    });
  const [ratio, sure] = [rule('ratio', Number.NaN), rule('sure', 8)];
  for (const rules of [
    [ratio, sure],
    [sure, ratio],
  ]) {
    const { autoscaler } = harness({ rules });
    expect(autoscaler.evaluate({ size: 5, running: 5, queued: 3 })).toMatchObject({ to: 8 });
    expect(autoscaler.evaluate({ size: 9, running: 5, queued: 0 })).toMatchObject({ to: 9 });
  }
});

test('a cap cuts the pool though work is queued, but never under running work', () => {
  const { autoscaler } = harness();
  const cut = { action: 'down', cause: 'bounds' };
  expect(autoscaler.evaluate({ size: 10, running: 2, queued: 5, cap: 4 })).toMatchObject({
    ...cut,
    to: 4,
  });
  expect(autoscaler.evaluate({ size: 10, running: 6, queued: 5, cap: 4 })).toMatchObject({
    ...cut,
    to: 6,
  });
});

test('a clock that goes back holds the pool, and changes nothing', () => {
  const policy = new PoolAutoscaler().policy;
  const { state } = decide({ size: 5, running: 3, queued: 0, at: 1_000 }, initialState, policy);
  const back = decide({ size: 5, running: 5, queued: 9, at: 999 }, state, policy);
  expect(back).toEqual({
    decision: expect.objectContaining({ action: 'hold', cause: 'missing', from: 5, to: 5 }),
    state,
  });
});

test('a dry run decides, logs and holds', () => {
  const { autoscaler, events } = harness({ dryRun: true });
  const decision = autoscaler.evaluate({ size: 5, running: 5, queued: 0 });
  expect(decision).toMatchObject({
    action: 'hold',
    from: 5,
    to: 5,
    instead: { action: 'up', to: 7 },
  });
  expect(decision.reason).toMatch(/^dry run, would go 5 → 7: /);
  expect(autoscaler.decisions).toHaveLength(1);
  expect(events.map(({ type }) => type)).toEqual(['hold']);
});

test('the log is bounded, and ticks that come out the same are one entry', async () => {
  const { clock, autoscaler } = harness({ logSize: 2 });
  autoscaler.evaluate({ size: 5, running: 5, queued: 0 });
  for (let second = 0; second < 5; second += 1) {
    await clock.advance(1_000);
    autoscaler.evaluate({ size: 7, running: 4, queued: 0 });
  }
  await clock.advance(60_000);
  autoscaler.evaluate({ size: 7, running: 1, queued: 0 });
  expect(autoscaler.decisions).toMatchObject([
    { action: 'hold', cause: 'steady', times: 5, at: 1_700_000_001_000, lastAt: 1_700_000_005_000 },
    { action: 'down', to: 6, times: 1 },
  ]);
});

test('events tell changes only, and a listener that has left hears nothing', () => {
  const { autoscaler, events } = harness();
  const heard: string[] = [];
  const leave = autoscaler.subscribe(({ type }) => heard.push(type));
  autoscaler.evaluate({ size: 5, running: 3, queued: 0 });
  autoscaler.evaluate({ size: 5, running: 3, queued: 0 });
  autoscaler.evaluate({ size: 5, running: 5, queued: 0 });
  leave();
  autoscaler.evaluate({ size: 7, running: 4, queued: 0 });
  expect(heard).toEqual(['hold', 'scale-up']);
  expect(events.map(({ type }) => type)).toEqual(['hold', 'scale-up', 'hold']);
});

test('state survives a round trip through JSON', () => {
  const { autoscaler } = harness({ resizeCostMs: 1_000 });
  autoscaler.evaluate({ size: 5, running: 5, queued: 0 });
  expect(JSON.parse(JSON.stringify(autoscaler.state))).toMatchObject({ lastUpAt: 0, lastSize: 5 });
});

test('types: only the size is required', () => {
  expectTypeOf<{ size: number }>().toExtend<PoolSnapshot>();
  expectTypeOf<ScalingDecision['action']>().toEqualTypeOf<'up' | 'down' | 'hold'>();
});
