import {
  GracefulDegradation,
  type GracefulDegradationOptions,
} from '@chimera/graceful-degradation';
import {
  IntelligentScheduler,
  type IntelligentSchedulerOptions,
  QueueFullError,
} from '@chimera/intelligent-scheduler';
import { Fallback, pipeline, seededRandom, Timeout, VirtualClock } from '@chimera/policy';
import { PoolAutoscaler } from '@chimera/pool-autoscaler';
import {
  autoscalerLaws,
  type AutoscalerUnderTest,
  degradationLaws,
  type DegradationUnderTest,
  fallbackLaws,
  type FallbacksUnderTest,
  layerLaws,
  type LayersUnderTest,
  schedulerLaws,
  type SchedulerUnderTest,
} from '@chimera/proving/conformance';
import { RetryPolicy, type RetryOptions } from '@chimera/retry-policy';
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

/** A clock that shows what it is told. */
function toldTime() {
  const time = { at: 0 };
  const clock = { now: () => time.at, monotonic: () => time.at, setTimer: () => ({ cancel() {} }) };
  return { clock, time };
}

function autoscaler(scaling: Scaling): AutoscalerUnderTest {
  const { clock, time } = toldTime();
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

const modes = ['normal', 'degraded', 'survival'] as const;

function degradation(options: GracefulDegradationOptions): DegradationUnderTest {
  const { clock, time } = toldTime();
  const own = new GracefulDegradation(options, { clock });
  return {
    worst: 2,
    dwellMs: own.settings.dwellMs,
    // Two levels, each after its clear time, and what three changes before may have cost in quiet.
    settlesWithinMs: 2 * own.settings.clearMs + 6 * own.settings.dwellMs,
    observe: ({ at, strain }) => {
      time.at = at;
      return modes.indexOf(own.observe({ memory: strain, cpu: strain }).mode);
    },
    allowsCritical: () => own.admit(10) === undefined,
    join: (one, other) => {
      const lines = { ...options, survivalOver: { memory: 0.9, cpu: 0.95 } };
      const both = new GracefulDegradation(lines, { clock });
      const [memory, cpu] = [one, other].map((level) => [0, 0.87, 0.97][level]);
      for (let second = 0; second < 60; second += 1) {
        time.at += 1_000;
        both.observe({ memory, cpu });
      }
      return modes.indexOf(both.mode);
    },
  };
}

const deadlineMs = 1_000;

/** It keeps no answers, so nothing is asked about old ones. */
function fallbacks(): FallbacksUnderTest {
  const clock = new VirtualClock();
  return {
    alternatives: 2,
    deadlineMs,
    call: (ask) =>
      pipeline(
        new Timeout({ after: deadlineMs }, { clock }),
        new Fallback({ to: (error) => ask(2, error) }),
        new Fallback({ to: (error) => ask(1, error) }),
      ).execute(() => ask(0, undefined)),
    advance: (ms) => clock.advance(ms),
  };
}

function layers(retries: readonly RetryOptions[]): LayersUnderTest {
  const clock = new VirtualClock();
  const time = { clock, random: seededRandom(1) };
  const [outer, ...inner] = retries.map((options) => new RetryPolicy(options, time));
  if (outer === undefined) throw new Error('no layer');
  return {
    attempts: retries.map(({ maxRetries = 3 }) => maxRetries + 1),
    call: (work) => pipeline(outer, ...inner).execute(work),
    advance: (ms) => clock.advance(ms),
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

describe.each([
  ['as it comes', {}],
  ['at once', { holdMs: 0, clearMs: 0, smoothingMs: 0, dwellMs: 20_000 }],
] as const)('graceful degradation %s keeps', (_, options) => {
  test.each(degradationLaws)('$id $name', async ({ check }) => {
    await expect(check(degradation(options))).resolves.toBeUndefined();
  });
});

test.each(fallbackLaws)('fallbacks under a timeout keep $id $name', async ({ check }) => {
  await expect(check(fallbacks())).resolves.toBeUndefined();
});

describe.each([
  ['as they come', [{}, {}]],
  ['without a budget', [2, 1, 2].map((maxRetries) => ({ maxRetries, budget: false }) as const)],
])('layers of retries %s keep', (_, retries) => {
  test.each(layerLaws)('$id $name', async ({ check }) => {
    await expect(check(layers(retries))).resolves.toBeUndefined();
  });
});
