import { GracefulDegradation } from '@chimera/graceful-degradation';
import { VirtualClock } from '@chimera/policy';
import { PoolAutoscaler } from '@chimera/pool-autoscaler';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { DegradationLoop } from '../src/control/degradation-loop.ts';
import { ScalingLoop } from '../src/control/scaling-loop.ts';

const log = pino({ level: 'silent' });

/** A pool that only remembers its size; what it runs and what waits is set by the test. */
function plant(
  options: { readonly degradation?: GracefulDegradation; readonly clock?: VirtualClock } = {},
) {
  const clock = options.clock ?? new VirtualClock();
  const load = { running: 0, queued: 0, blocked: false };
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
    store: { depth: () => Promise.resolve({ queued: load.queued, waiting: 0 }) },
    autoscaler: new PoolAutoscaler({}, { clock }),
    degradation: options.degradation,
    isBlocked: () => load.blocked,
    clock,
    log,
  });
  loop.start();
  return { clock, load, loop, pool, sizes };
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

test('a pool does not grow into an open breaker', async () => {
  const { clock, load, sizes } = plant();
  Object.assign(load, { running: 10, queued: 50, blocked: true });
  await clock.advance(300_000);
  expect(sizes).toEqual([]);
});

test('degradation caps the pool, and the baseline comes back when the machine has recovered', async () => {
  const clock = new VirtualClock();
  const degradation = new GracefulDegradation({}, { clock });
  const { load, loop, pool } = plant({ clock, degradation });
  const machine = { memory: 0.3, cpu: 0.2 };
  new DegradationLoop(1_000, { degradation, readSignals: () => machine, clock, log }).start();
  Object.assign(load, { running: 10, queued: 50 });
  await clock.advance(300_000);
  expect(pool.target).toBe(10);
  machine.memory = 0.97;
  await clock.advance(30_000);
  expect(degradation.mode).toBe('survival');
  expect(pool.target).toBe(2);
  expect(loop.baseline).toBe(10);
  machine.memory = 0.3;
  await clock.advance(3_600_000);
  expect(degradation.mode).toBe('normal');
  expect(pool.target).toBe(10);
});
