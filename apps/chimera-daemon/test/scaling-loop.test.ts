import type { DecisionView } from '@chimera/client';
import { GracefulDegradation, type Signals } from '@chimera/graceful-degradation';
import { type Clock, VirtualClock } from '@chimera/policy';
import { PoolAutoscaler, type PoolAutoscalerOptions } from '@chimera/pool-autoscaler';
import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import { AwakeClock } from '../src/control/awake-clock.ts';
import type { Decided } from '../src/control/decision-log.ts';
import { DegradationLoop } from '../src/control/degradation-loop.ts';
import { ScalingLoop } from '../src/control/scaling-loop.ts';

const log = pino({ level: 'silent' });
const hourMs = 3_600_000;

/**
 * Both loops around a pool that only remembers its size; what it runs, what waits and what the
 * machine's signals are is set by the test.
 */
function plant(options: PoolAutoscalerOptions = {}) {
  const clock = new VirtualClock();
  const pauses = { ms: 0 };
  const pausable: Clock = {
    now: () => clock.now() + pauses.ms,
    monotonic: () => clock.monotonic() + pauses.ms,
    setTimer: (callback, delayMs) => clock.setTimer(callback, delayMs),
  };
  const awake = new AwakeClock(pausable, 15_000);
  const told: Decided[] = [];
  const decisions = { add: (decision: Decided) => told.push(decision) };
  const degradation = new GracefulDegradation({}, { clock: awake });
  const load = { running: 0, queued: 0, blocked: false };
  const blocked = 'planner refuses';
  const machine: { signals: Signals } = { signals: { memory: 0.3, cpu: 0.2 } };
  const sizes: number[] = [];
  const pool = {
    target: 3,
    get running() {
      return Math.min(load.running, pool.target);
    },
    resize: (slots: number) => {
      pool.target = slots;
      sizes.push(slots);
    },
  };
  const loop = new ScalingLoop(3, 1_000, {
    pool,
    readDemand: async () => {
      await Promise.resolve();
      return { queued: load.queued, ...(load.blocked ? { blocked } : {}) };
    },
    autoscaler: new PoolAutoscaler(options, { clock: awake }),
    degradation,
    decisions,
    clock: awake,
    log,
  });
  const watch = new DegradationLoop(1_000, {
    degradation,
    readSignals: () => machine.signals,
    onObserved: () => loop.applyLimits(),
    decisions,
    clock: awake,
    log,
  });
  loop.start();
  watch.start();
  return {
    clock,
    decided: (kind: DecisionView['kind']) =>
      told
        .filter((decision) => decision.kind === kind && decision.from !== decision.to)
        .map(({ from, to }) => `${from} → ${to}`),
    degradation,
    load,
    loop,
    machine,
    /** Time passes, but no timer fires: the process is stopped, or the machine sleeps. */
    pause: (ms: number) => {
      pauses.ms += ms;
    },
    pool,
    sizes,
    told,
  };
}

test('a busy pool with a queue grows by two a minute, up to the maximum', async () => {
  const { clock, load, pool, sizes } = plant();
  Object.assign(load, { running: 10, queued: 50 });
  await clock.advance(2_000);
  expect(sizes).toEqual([5]);
  await clock.advance(300_000);
  expect(sizes).toEqual([5, 7, 9, 10]);
  expect(pool.target).toBe(10);
});

test('an idle pool shrinks by one a minute, down to the minimum', async () => {
  const { clock, load, sizes } = plant();
  Object.assign(load, { running: 10, queued: 50 });
  await clock.advance(300_000);
  Object.assign(load, { running: 0, queued: 0 });
  sizes.length = 0;
  await clock.advance(900_000);
  expect(sizes).toEqual([9, 8, 7, 6, 5, 4, 3]);
});

test('a pool does not grow into an open breaker, and says so once', async () => {
  const { clock, load, sizes, told } = plant();
  Object.assign(load, { running: 10, queued: 50, blocked: true });
  await clock.advance(300_000);
  expect(sizes).toEqual([]);
  expect(told).toMatchObject([
    {
      kind: 'autoscaler',
      from: 3,
      to: 3,
      cause: 'blocked',
      reason: 'planner refuses; more slots would not help',
      signals: { running: 3, queued: 50 },
    },
  ]);
});

test('holds are told when their cause changes, changes always, each with what was seen', async () => {
  const { clock, load, loop, told } = plant();
  Object.assign(load, { running: 10, queued: 50 });
  await clock.advance(1_000_000);
  expect(told.map(({ cause, from, to }) => `${cause} ${from} → ${to}`)).toEqual([
    'demand 3 → 5',
    'demand 5 → 7',
    'demand 7 → 9',
    'demand 9 → 10',
    'at-limit 10 → 10',
  ]);
  expect(told[0]?.signals).toEqual({ running: 3, queued: 50 });
  expect(loop.lastDecision).toEqual(told[3]);
});

test('degradation caps the pool, and the baseline comes back when the machine has recovered', async () => {
  const { clock, decided, degradation, load, loop, machine, pool } = plant();
  Object.assign(load, { running: 10, queued: 50 });
  await clock.advance(300_000);
  expect(pool.target).toBe(10);
  machine.signals = { memory: 0.97, cpu: 0.2 };
  await clock.advance(30_000);
  expect(degradation.mode).toBe('survival');
  expect(pool.target).toBe(2);
  expect(loop.baseline).toBe(10);
  machine.signals = { memory: 0.3, cpu: 0.2 };
  await clock.advance(hourMs);
  expect(degradation.mode).toBe('normal');
  expect(pool.target).toBe(10);
  expect(decided('degradation')).toEqual([
    'normal → survival',
    '10 → 2',
    'survival → degraded',
    '2 → 3',
    'degraded → normal',
    ...[3, 4, 5, 6, 7, 8, 9].map((slots) => `${slots} → ${slots + 1}`),
  ]);
});

test('a pool that idles because its work is refused keeps its baseline', async () => {
  const { clock, load, loop, machine, pool } = plant();
  Object.assign(load, { running: 10, queued: 50 });
  await clock.advance(300_000);
  machine.signals = { memory: 0.97, cpu: 0.2 };
  await clock.advance(1_000);
  Object.assign(load, { running: 0, queued: 0 });
  await clock.advance(hourMs);
  expect(pool.target).toBe(2);
  expect(loop.baseline).toBe(10);
});

test('a queue that built up under degradation does not grow the baseline while the slots come back', async () => {
  const { clock, decided, load, loop, machine, pool } = plant({ cooldownMs: 1 });
  Object.assign(load, { running: 2, queued: 0 });
  machine.signals = { memory: 0.97, cpu: 0.2 };
  await clock.advance(1_000);
  expect(pool.target).toBe(2);
  Object.assign(load, { running: 10, queued: 50 });
  machine.signals = { memory: 0.3, cpu: 0.2 };
  const seen: (readonly [number, number])[] = [];
  while (pool.target < 5) {
    await clock.advance(1_000);
    seen.push([loop.baseline, pool.target]);
  }
  expect(seen.filter(([baseline, target]) => target < 3 && baseline !== 3)).toEqual([]);
  expect(decided('autoscaler').at(0)).toBe('3 → 5');
});

test.each([0, 3, 6, 9])(
  'a pool that has nothing to do %i min after an overload is over shrinks by no overload',
  async (minutes) => {
    const { clock, degradation, load, machine, pool, told } = plant();
    Object.assign(load, { running: 10, queued: 50 });
    await clock.advance(300_000);
    machine.signals = { memory: 0.97, cpu: 0.2 };
    await clock.advance(30_000);
    machine.signals = { memory: 0.3, cpu: 0.2 };
    await clock.advance(minutes * 60_000);
    Object.assign(load, { running: 0, queued: 0 });
    told.length = 0;
    await clock.advance(hourMs);
    expect(degradation.mode).toBe('normal');
    expect(pool.target).toBe(3);
    const causes = told.flatMap(({ cause, kind }) => (kind === 'degradation' ? [cause] : []));
    expect(causes.filter((cause) => cause !== 'recovery')).toEqual([]);
  },
);

describe('a pause of an hour', () => {
  test('is no time in which a cool-down elapses', async () => {
    const { clock, load, pause, sizes } = plant();
    Object.assign(load, { running: 10, queued: 50 });
    await clock.advance(20_000);
    expect(sizes).toEqual([5]);
    pause(hourMs);
    await clock.advance(30_000);
    expect(sizes).toEqual([5]);
    await clock.advance(15_000);
    expect(sizes).toEqual([5, 7]);
  });

  test('makes no decision of what is read at its end', async () => {
    const { clock, load, machine, pause, pool, sizes } = plant();
    await clock.advance(1_500);
    pause(hourMs);
    Object.assign(load, { running: 10, queued: 50 });
    machine.signals = { memory: 0.99, cpu: 1 };
    await clock.advance(500);
    expect(sizes).toEqual([]);
    machine.signals = { memory: 0.3, cpu: 0.2 };
    await clock.advance(1_000);
    expect(sizes).toEqual([5]);
    expect(pool.target).toBe(5);
  });

  test('does not hold a line crossed that was crossed before it', async () => {
    const { clock, degradation, machine, pause } = plant();
    machine.signals = { memory: 0.92, cpu: 0.2 };
    await clock.advance(9_000);
    pause(hourMs);
    await clock.advance(9_000);
    expect(degradation.mode).toBe('normal');
    await clock.advance(3_000);
    expect(degradation.mode).toBe('survival');
  });

  test('does not shorten the clear time before a recovery', async () => {
    const { clock, degradation, machine, pause } = plant();
    machine.signals = { memory: 0.97, cpu: 0.2 };
    await clock.advance(1_000);
    machine.signals = { memory: 0.3, cpu: 0.2 };
    await clock.advance(40_000);
    pause(hourMs);
    await clock.advance(59_000);
    expect(degradation.mode).toBe('survival');
    await clock.advance(10_000);
    expect(degradation.mode).toBe('degraded');
  });

  test('while the queue is being read makes no decision either', async () => {
    const { clock, load, pause, sizes } = plant();
    Object.assign(load, { running: 10, queued: 50 });
    await clock.advance(59_500);
    const depth = load.queued;
    Object.defineProperty(load, 'queued', {
      configurable: true,
      get: () => {
        pause(hourMs);
        Object.defineProperty(load, 'queued', { value: depth, writable: true });
        return depth;
      },
    });
    await clock.advance(1_000);
    expect(sizes).toEqual([5]);
    await clock.advance(3_000);
    expect(sizes).toEqual([5, 7]);
  });
});

test.for([hourMs, -hourMs])('a wall clock that jumps by %d ms moves nothing', async (jumpMs) => {
  const [still, jumping] = [plant(), plant()];
  for (const { clock, load, machine } of [still, jumping]) {
    Object.assign(load, { running: 10, queued: 50 });
    machine.signals = { memory: 0.85, cpu: 0.2 };
    await clock.advance(7_000);
  }
  jumping.clock.jumpWall(jumpMs);
  for (const { clock, machine } of [still, jumping]) {
    await clock.advance(90_000);
    machine.signals = { memory: 0.3, cpu: 0.2 };
    await clock.advance(300_000);
  }
  expect(jumping.sizes).toEqual(still.sizes);
  expect(jumping.decided('degradation')).toEqual(still.decided('degradation'));
  expect(still.decided('degradation')).toContain('normal → degraded');
});
