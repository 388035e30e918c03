import { IntelligentScheduler } from '@chimera/intelligent-scheduler';
import { PoolAutoscaler } from '@chimera/pool-autoscaler';
import {
  autoscalerLaws,
  type AutoscalerUnderTest,
  schedulerLaws,
  type SchedulerUnderTest,
} from '@chimera/proving/conformance';
import { describe, expect, test } from 'vitest';

function autoscaler(): AutoscalerUnderTest {
  const time = { at: 0 };
  const clock = { now: () => time.at, monotonic: () => time.at, setTimer: () => ({ cancel() {} }) };
  const scaler = new PoolAutoscaler({}, { clock });
  return {
    min: 3,
    max: 10,
    step: 2,
    cooldownMs: 60_000,
    deadBand: [0.3, 0.8],
    decide: ({ at, queued, running, size }) => {
      time.at = at;
      return scaler.evaluate({ size, running, queued }).to;
    },
  };
}

function scheduler(): SchedulerUnderTest {
  const queue = new IntelligentScheduler();
  return {
    // A level is ten points: five of ageing come within 25 min, and two a minute after that.
    agesWithinMs: 75 * 60_000,
    lowest: 0,
    highest: 10,
    add: ({ at, id, priority }) => queue.push({ id, priority, enqueuedAt: at }),
    cancel: (id) => queue.cancel(id),
    reprioritise: (id, priority) => queue.reprioritise(id, priority),
    take: (now) => queue.pop({ now })?.id,
  };
}

describe('the pool autoscaler keeps', () => {
  test.each(autoscalerLaws)('$id $name', async ({ check }) => {
    await expect(check(autoscaler())).resolves.toBeUndefined();
  });
});

describe('the scheduler keeps', () => {
  test.each(schedulerLaws)('$id $name', async ({ check }) => {
    await expect(check(scheduler())).resolves.toBeUndefined();
  });
});
