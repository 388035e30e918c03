import {
  IntelligentScheduler,
  type IntelligentSchedulerOptions,
  QueueFullError,
} from '@chimera/intelligent-scheduler';
import { PoolAutoscaler } from '@chimera/pool-autoscaler';
import {
  autoscalerLaws,
  type AutoscalerUnderTest,
  schedulerLaws,
  type SchedulerUnderTest,
} from '@chimera/proving/conformance';
import { describe, expect, test } from 'vitest';

interface Scaling {
  readonly min: number;
  readonly max: number;
  readonly upAt: number;
  readonly downAt: number;
  readonly upBy: number;
  readonly downBy: number;
  readonly cooldownMs: number;
}

const scalings: readonly (readonly [string, Scaling])[] = [
  [
    'as it comes',
    { min: 3, max: 10, upAt: 0.8, downAt: 0.3, upBy: 2, downBy: 1, cooldownMs: 60_000 },
  ],
  [
    'in larger steps',
    { min: 4, max: 40, upAt: 0.9, downAt: 0.2, upBy: 4, downBy: 3, cooldownMs: 10_000 },
  ],
];

function autoscaler(scaling: Scaling): AutoscalerUnderTest {
  const time = { at: 0 };
  const clock = { now: () => time.at, monotonic: () => time.at, setTimer: () => ({ cancel() {} }) };
  const scaler = new PoolAutoscaler(scaling, { clock });
  return {
    min: scaling.min,
    max: scaling.max,
    step: Math.max(scaling.upBy, scaling.downBy),
    cooldownMs: scaling.cooldownMs,
    deadBand: [scaling.downAt, scaling.upAt],
    // Every step goes from the size that there is: orders under way do not add up, however late.
    gain: 0.25,
    decide: ({ at, queued, running, size }) => {
      time.at = at;
      return scaler.evaluate({ size, running, queued }).to;
    },
  };
}

// A level is ten points: five of ageing come within 25 min, and two a minute after that.
const agesWithinMs = 75 * 60_000;

/** It promises neither to shed the least urgent nor to drop what is late, as it is not asked to. */
function scheduler(): SchedulerUnderTest {
  const queue = new IntelligentScheduler();
  return {
    agesWithinMs,
    lowest: 0,
    highest: 10,
    add: ({ at, id, priority }) => queue.push({ id, priority, enqueuedAt: at }),
    cancel: (id) => queue.cancel(id),
    reprioritise: (id, priority) => queue.reprioritise(id, priority),
    take: (now) => queue.pop({ now })?.id,
    waiting: () => queue.size,
  };
}

const [slots, urgentSlots, urgentFrom] = [4, 1, 8];
const weights = { a: 1, b: 3, c: 0.5 };

/** Full at `most`, when the least urgent go; what is late goes at any time. */
function sheddingScheduler(options: IntelligentSchedulerOptions = {}): SchedulerUnderTest {
  const most = 400;
  const shed: string[] = [];
  const queue = new IntelligentScheduler(
    { ...options, limit: most, whenFull: 'shed', whenExpired: 'drop' },
    { onDropped: ({ reason, task }) => reason === 'shed' && shed.push(task.id) },
  );
  return {
    agesWithinMs,
    lowest: 0,
    highest: 10,
    capacity: { most, shed: () => shed },
    expires: true,
    add: ({ at, costMs, expiresAt, id, key, priority }) => {
      try {
        queue.push(
          {
            id,
            priority,
            enqueuedAt: at,
            ...(costMs === undefined ? {} : { estimateMs: costMs }),
            ...(expiresAt === undefined ? {} : { deadlineAt: expiresAt }),
            ...(key === undefined ? {} : { tenant: key }),
          },
          { now: at },
        );
      } catch (error) {
        if (!(error instanceof QueueFullError)) throw error;
        shed.push(error.taskId);
      }
    },
    cancel: (id) => queue.cancel(id),
    reprioritise: (id, priority) => queue.reprioritise(id, priority),
    take: (now) => queue.pop({ now, slots })?.id,
    finish: (id) => queue.finish(id),
    waiting: () => queue.size,
  };
}

/** And with fair shares, and one of four slots kept for what is urgent. How many slots there are is the pool's to keep. */
function wholeScheduler(): SchedulerUnderTest {
  return {
    ...sheddingScheduler({ fair: true, weights, idleCredit: 0, urgentSlots, urgentFrom }),
    weights,
    limits: [{ most: slots - urgentSlots, counts: ({ priority }) => priority < urgentFrom }],
  };
}

describe.each(scalings)('the pool autoscaler %s keeps', (_, scaling) => {
  test.each(autoscalerLaws)('$id $name', async ({ check }) => {
    await expect(check(autoscaler(scaling))).resolves.toBeUndefined();
  });
});

describe.each([
  ['as it comes', scheduler],
  ['that sheds and drops', sheddingScheduler],
  ['that promises everything', wholeScheduler],
] as const)('the scheduler %s keeps', (_, create) => {
  test.each(schedulerLaws)('$id $name', async ({ check }) => {
    await expect(check(create())).resolves.toBeUndefined();
  });
});
