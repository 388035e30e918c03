import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Dropped,
  IntelligentScheduler,
  type IntelligentSchedulerOptions,
  QueueFullError,
  type Task,
} from '../src/index.ts';
import { arbitraryEstimate, arbitraryUtilisation } from './arbitrary-task.ts';
import { NaiveScheduler } from './naive-scheduler.ts';

/** OPERATIONS=1000000 runs the campaign; the default is a tenth of it. */
const operations = Number(process.env['OPERATIONS'] ?? 100_000);
const firstSeed = fc.readConfigureGlobal().seed ?? 0;
const timeoutMs = Math.max(30_000, operations);

const waits = [0, 1, 29_999, 30_000, 300_000, 900_000, 1_500_000, 1_500_001];

const operation = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      type: fc.constant('push' as const),
      priority: fc.nat(10),
      agedMs: fc.constantFrom(0, 0, 0, 1, 300_000, 1_499_999, 1_500_000, 1_650_000),
      estimateMs: arbitraryEstimate,
      tenant: fc.constantFrom(undefined, 'a', 'b', 'c'),
      deadlineInMs: fc.constantFrom(undefined, undefined, -1, 1, 60_000, 200_000, 2_000_000),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant('pop' as const),
      utilisation: arbitraryUtilisation,
      slots: fc.constantFrom(undefined, 1, 2, 3, 10),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('wait' as const),
      ms: fc.oneof(fc.constantFrom(...waits), fc.nat(100_000)),
    }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('cancel' as const), nth: fc.nat() }) },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant('reprioritise' as const),
      nth: fc.nat(),
      priority: fc.nat(10),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('finish' as const),
      nth: fc.nat(),
      tookMs: fc.constantFrom(0, 1_000, 60_000, 300_000),
    }),
  },
);

describe.each([
  { says: 'by score', options: {} },
  { says: 'by fair share', options: { fair: true, weights: { a: 2, b: 0.5 } } },
  { says: 'with reserved slots', options: { urgentSlots: 1, oldestSlots: 1 } },
  {
    says: 'with all at once',
    options: { fair: true, urgentSlots: 2, oldestSlots: 1, deadlineBurst: 1, idleCredit: 0 },
  },
  {
    says: 'with room for few, and no use for what is late',
    options: { limit: 9, limitPerTenant: 4, whenFull: 'shed', whenExpired: 'drop' },
  },
  {
    says: 'with room for few in fair shares',
    options: { fair: true, weights: { a: 2 }, urgentSlots: 1, limit: 5, whenFull: 'shed' },
  },
  {
    says: 'with limits that refuse, until what is late makes room',
    options: { limit: 7, limitPerTenant: 3, whenExpired: 'drop', oldestSlots: 1 },
  },
] satisfies { says: string; options: IntelligentSchedulerOptions }[])('$says', ({ options }) => {
  it(
    'takes at every instant what the naive scheduler takes, and loses and doubles nothing',
    { timeout: timeoutMs },
    () => {
      const played = { operations: 0 };
      const scripts = fc.array(operation, { maxLength: 400, size: 'max' });
      const property = fc.property(scripts, (script) => {
        agrees(script, options);
        played.operations += script.length;
      });
      for (let seed = 1; played.operations < operations / 7; seed += 1) {
        fc.assert(property, { numRuns: 20, seed: firstSeed + seed });
      }
    },
  );
});

type Step = typeof operation extends fc.Arbitrary<infer Value> ? Value : never;

type Push = Extract<Step, { type: 'push' }>;

function push(priority: number, agedMs: Push['agedMs'], more: Partial<Push> = {}): Push {
  const nothing = { estimateMs: undefined, tenant: undefined, deadlineInMs: undefined };
  return { type: 'push', priority, agedMs, ...nothing, ...more };
}

it('does not count what a reserved slot takes as a turn of the deadlines', () => {
  const script: readonly Step[] = [
    push(0, 0),
    push(0, 1_500_000, { tenant: 'a' }),
    push(1, 0),
    push(0, 1_499_999, { tenant: 'a', estimateMs: 1 }),
    { type: 'pop', utilisation: 0, slots: undefined },
    { type: 'pop', utilisation: 0, slots: undefined },
    { type: 'pop', utilisation: 0.71, slots: 10 },
    push(0, 0, { tenant: 'a', deadlineInMs: 60_000 }),
    { type: 'pop', utilisation: 0, slots: undefined },
  ];
  const options: IntelligentSchedulerOptions = {
    fair: true,
    urgentSlots: 2,
    oldestSlots: 1,
    deadlineBurst: 1,
    idleCredit: 0,
  };
  expect(() => agrees(script, options)).not.toThrow();
});

/** Runs both schedulers through the script, and compares every answer. */
function agrees(script: readonly Step[], options: IntelligentSchedulerOptions) {
  let now = 1e12;
  const dropped: string[] = [];
  const onDropped = (drop: Dropped) => void dropped.push(told(drop));
  const scheduler = new IntelligentScheduler(options, { clock: { now: () => now }, onDropped });
  const { fair = false, weights = {}, deadlineBurst = 3, idleCredit = 300_000 } = options;
  const idleCreditMs = Number(idleCredit);
  const naive = new NaiveScheduler({ ...options, fair, weights, deadlineBurst, idleCreditMs });
  const running = new Map<string, { task: Task; isOldest: boolean }>();
  const { oldestSlots, urgentSlots } = options;
  const keepsAccounts = fair || urgentSlots !== undefined || oldestSlots !== undefined;
  let made = 0;
  let poolSize = 1;
  for (const step of script) {
    const { actual, expected } = answers(step);
    expect({ step, actual, size: scheduler.size, dropped }).toEqual({
      step,
      actual: expected,
      size: naive.ids.length,
      dropped: naive.dropped,
    });
  }

  function answers(step: Step): { actual?: unknown; expected?: unknown } {
    switch (step.type) {
      case 'push': {
        const task = taskOf(step, `t${(made += 1)}`, now);
        return { actual: pushed(scheduler, task), expected: naive.push(task, now) };
      }
      case 'pop': {
        const { utilisation, slots } = step;
        poolSize = slots ?? poolSize;
        const context = slots === undefined ? { utilisation } : { utilisation, slots };
        const lane = laneOf(slots, [...running.values()], options);
        const task = naive.pop(now, utilisation > 0.7, lane, 8, poolSize);
        if (task !== undefined && keepsAccounts) {
          running.set(task.id, { task, isOldest: lane === 'oldest' });
        }
        return {
          actual: [scheduler.peek(context), scheduler.pop(context)],
          expected: [task, task],
        };
      }
      case 'wait':
        now += step.ms;
        return {};
      case 'cancel': {
        const id = nth(naive.ids, step.nth);
        if (id !== undefined) naive.cancel(id);
        return { actual: scheduler.cancel(id ?? 'none')?.id, expected: id };
      }
      case 'reprioritise': {
        const id = nth(naive.ids, step.nth);
        if (id !== undefined) naive.reprioritise(id, step.priority);
        return {
          actual: scheduler.reprioritise(id ?? 'none', step.priority),
          expected: id !== undefined,
        };
      }
      case 'finish': {
        const id = nth([...running.keys()], step.nth) ?? 'none';
        const run = running.get(id);
        running.delete(id);
        if (run !== undefined) naive.settle(run.task, step.tookMs, poolSize);
        const { tookMs } = step;
        return { actual: scheduler.finish(id, { tookMs }), expected: run !== undefined };
      }
    }
  }
}

function told(drop: Dropped): string {
  const { id } = drop.task;
  return drop.reason === 'shed'
    ? `${id} shed by ${drop.scope} for ${drop.by}`
    : `${id} ${drop.reason}`;
}

function pushed(scheduler: IntelligentScheduler, task: Task): string {
  try {
    return scheduler.push(task);
  } catch (error) {
    if (error instanceof QueueFullError) return `${error.scope} full`;
    throw error;
  }
}

function nth<Item>(items: readonly Item[], index: number): Item | undefined {
  return items[index % Math.max(1, items.length)];
}

function taskOf(step: Extract<Step, { type: 'push' }>, id: string, now: number): Task {
  const { priority, agedMs, estimateMs, tenant, deadlineInMs } = step;
  return {
    id,
    priority,
    enqueuedAt: now - agedMs,
    ...(estimateMs === undefined ? {} : { estimateMs }),
    ...(tenant === undefined ? {} : { tenant }),
    ...(deadlineInMs === undefined ? {} : { deadlineAt: now + deadlineInMs }),
  };
}

function laneOf(
  slots: number | undefined,
  running: readonly { task: Task; isOldest: boolean }[],
  { urgentSlots = 0, oldestSlots = 0 }: IntelligentSchedulerOptions,
) {
  if (slots === undefined) return 'score';
  const open = Math.max(1, slots - urgentSlots);
  const ordinary = running.filter(({ task }) => task.priority < 8).length;
  if (ordinary >= open) return open === slots ? 'score' : 'urgent';
  const oldest = running.filter(({ isOldest }) => isOldest).length;
  return open >= 2 && oldest < oldestSlots ? 'oldest' : 'score';
}
