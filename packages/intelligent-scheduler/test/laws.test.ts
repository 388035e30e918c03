import { schedulerLaws, type SchedulerUnderTest } from '@chimera/proving/conformance';
import { describe, expect, test } from 'vitest';
import {
  IntelligentScheduler,
  type IntelligentSchedulerOptions,
  QueueFullError,
} from '../src/index.ts';

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
function wholeScheduler(weights: Readonly<Record<string, number>>): SchedulerUnderTest {
  return {
    ...sheddingScheduler({ fair: true, weights, idleCredit: 0, urgentSlots, urgentFrom }),
    weights,
    limits: [{ most: slots - urgentSlots, counts: ({ priority }) => priority < urgentFrom }],
  };
}

describe.each([
  ['as it comes', scheduler],
  ['that sheds and drops', sheddingScheduler],
  ['that promises everything', () => wholeScheduler({ a: 1, b: 3, c: 0.5 })],
  ['that promises two equals everything', () => wholeScheduler({ a: 1, b: 1 })],
  ['that promises one five times as much', () => wholeScheduler({ a: 1, b: 5, c: 1 })],
] as const)('the scheduler %s keeps', (_, create) => {
  test.each(schedulerLaws)('$id $name', async ({ check }) => {
    await expect(check(create())).resolves.toBeUndefined();
  });
});
