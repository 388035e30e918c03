import { isRejection, VirtualClock } from '@chimera/policy';
import { describe, expect, expectTypeOf, it } from 'vitest';
import {
  type Backpressure,
  DurationHistory,
  IntelligentScheduler,
  type IntelligentSchedulerOptions,
  QueueFullError,
  type SchedulerEvent,
  type Task,
} from '../src/index.ts';

const minute = 60_000;

function task(id: string, more: Partial<Task> = {}): Task {
  return { id, priority: 5, enqueuedAt: 0, ...more };
}

function schedulerOf(tasks: readonly Task[], options: IntelligentSchedulerOptions = {}) {
  const clock = new VirtualClock();
  const events: SchedulerEvent[] = [];
  const onEvent = (event: SchedulerEvent) => void events.push(event);
  const scheduler = new IntelligentScheduler(options, { clock, onEvent });
  for (const each of tasks) scheduler.push(each);
  const popAll = (utilisation = 0) => {
    const ids: string[] = [];
    for (let next = scheduler.pop({ utilisation }); next; next = scheduler.pop({ utilisation })) {
      ids.push(next.id);
    }
    return ids;
  };
  return { clock, events, scheduler, popAll };
}

describe('order', () => {
  it('is by score: priority, a short task while busy, then first in, first out', () => {
    const tasks = [
      task('first'),
      task('second'),
      task('short', { estimateMs: 1_000 }),
      task('urgent', { priority: 6 }),
    ];
    expect(schedulerOf(tasks).popAll(0.7)).toEqual(['urgent', 'first', 'second', 'short']);
    expect(schedulerOf(tasks).popAll(0.71)).toEqual(['urgent', 'short', 'first', 'second']);
  });

  it('lifts a task by a level 150 s past its cap', async () => {
    const { clock, scheduler } = schedulerOf([task('old')]);
    await clock.advance(1_650_000 - 1);
    scheduler.push(task('new', { priority: 6, enqueuedAt: clock.now() }));
    expect(scheduler.peek()?.id).toBe('new');
    scheduler.cancel('new');
    await clock.advance(1);
    scheduler.push(task('newer', { priority: 6, enqueuedAt: clock.now() }));
    expect(scheduler.peek()?.id).toBe('old');
  });

  it('takes the instant from the context where that is told', () => {
    const { scheduler } = schedulerOf([
      task('old'),
      task('new', { priority: 6, enqueuedAt: 1.7e6 }),
    ]);
    expect(scheduler.peek({ now: 1e6 })?.id).toBe('new');
    expect(scheduler.peek({ now: 1.7e6 })?.id).toBe('old');
  });

  it('is the same at an earlier instant as if the later one had never been asked for', () => {
    const { scheduler } = schedulerOf([task('old'), task('new', { priority: 6, enqueuedAt: 1e6 })]);
    const before = scheduler.peek({ now: 1e6 })?.id;
    scheduler.peek({ now: 1e9 });
    expect(scheduler.peek({ now: 1e6 })?.id).toBe(before);
  });
});

describe('push', () => {
  it.each([
    [{ priority: 11 }, 'priority must be an integer from 0 to 10, got 11'],
    [{ priority: 4.5 }, 'priority must be an integer from 0 to 10, got 4.5'],
    [{ enqueuedAt: Number.NaN }, 'enqueuedAt must be a finite number of ms, got NaN'],
    [{ estimateMs: -1 }, 'estimateMs must be a finite number >= 0, got -1'],
    [{ deadlineAt: Infinity }, 'deadlineAt must be a finite number of ms, got Infinity'],
    [{ id: 'known' }, 'id must be one that does not wait already, got "known"'],
  ])('refuses %j', (wrong, message) => {
    const { scheduler } = schedulerOf([task('known')]);
    expect(() => scheduler.push(task('new', wrong))).toThrow(RangeError);
    expect(() => scheduler.push(task('new', wrong))).toThrow(`intelligent-scheduler: ${message}`);
    expect(scheduler.size).toBe(1);
  });

  it('says slow down from 80 % of the limit, and refuses beyond it', () => {
    const { scheduler, events } = schedulerOf([], { limit: 5 });
    const answers = ['a', 'b', 'c', 'd', 'e'].map((id) => scheduler.push(task(id)));
    expect(answers).toEqual(['none', 'none', 'none', 'slow-down', 'slow-down']);
    const refusal = refusalOf(() => scheduler.push(task('f')));
    expect(refusal).toMatchObject({
      code: 'QUEUE_FULL',
      scope: 'queue',
      limit: 5,
      taskId: 'f',
      message: 'The queue is full: 5 tasks wait; push task "f" again when one has started',
    });
    expect(isRejection(refusal)).toBe(true);
    expect(events.at(-1)).toEqual({ type: 'refused', id: 'f', scope: 'queue', size: 5 });
    scheduler.pop();
    expect(scheduler.push(task('f'))).toBe('slow-down');
  });

  it('refuses one tenant at its limit while others may push', () => {
    const { scheduler } = schedulerOf([task('a', { tenant: 'loud' })], { limitPerTenant: 2 });
    expect(scheduler.push(task('b', { tenant: 'loud' }))).toBe('slow-down');
    const refusal = refusalOf(() => scheduler.push(task('c', { tenant: 'loud' })));
    expect(refusal).toMatchObject({
      code: 'QUEUE_FULL',
      scope: 'tenant',
      limit: 2,
      tenant: 'loud',
    });
    expect(scheduler.push(task('d', { tenant: 'quiet' }))).toBe('none');
    scheduler.cancel('a');
    expect(scheduler.push(task('c', { tenant: 'loud' }))).toBe('slow-down');
  });

  it('says slow down where slowDownFrom says so', () => {
    const { scheduler } = schedulerOf([], { limit: 4, slowDownFrom: 0.5 });
    expect(['a', 'b'].map((id) => scheduler.push(task(id)))).toEqual(['none', 'slow-down']);
  });
});

function refusalOf(push: () => unknown): QueueFullError {
  try {
    push();
  } catch (error) {
    if (error instanceof QueueFullError) return error;
  }
  throw new Error('it was not refused');
}

describe('cancel and reprioritise', () => {
  it('takes out a task that waits, and says when none does', () => {
    const { scheduler, popAll } = schedulerOf([task('a'), task('b'), task('c')]);
    expect(scheduler.cancel('b')).toEqual(task('b'));
    expect(scheduler.cancel('b')).toBeUndefined();
    expect(scheduler.size).toBe(2);
    expect(popAll()).toEqual(['a', 'c']);
  });

  it('keeps the age and the place among equals of a task whose priority changes', () => {
    const { scheduler, popAll } = schedulerOf([
      task('a', { priority: 3 }),
      task('b', { priority: 3 }),
      task('c', { priority: 4 }),
    ]);
    expect(scheduler.reprioritise('c', 3)).toBe(true);
    expect(scheduler.reprioritise('b', 4)).toBe(true);
    expect(scheduler.reprioritise('b', 3)).toBe(true);
    expect(scheduler.reprioritise('none', 3)).toBe(false);
    expect(popAll()).toEqual(['a', 'b', 'c']);
  });

  it('hands out the task with its new priority', () => {
    const { scheduler } = schedulerOf([task('a')]);
    scheduler.reprioritise('a', 9);
    expect(scheduler.pop()).toEqual(task('a', { priority: 9 }));
    expect(() => scheduler.reprioritise('a', -1)).toThrow(RangeError);
  });
});

describe('explain', () => {
  it('tells score, parts, place, who goes first, and when it is likely to start', () => {
    const { scheduler } = schedulerOf([
      task('waits', { estimateMs: minute }),
      task('first', { priority: 9, estimateMs: 3 * minute }),
      task('second', { priority: 8, estimateMs: minute }),
      task('third', { priority: 7, estimateMs: minute }),
    ]);
    expect(scheduler.explain('waits', { now: 5 * minute, slots: 2 })).toEqual({
      score: 51,
      parts: { priority: 50, wait: 1, shortTask: 0, promotion: 0 },
      position: 4,
      before: ['first', 'second', 'third'],
      expectedStartMs: 2 * minute,
    });
    expect(scheduler.explain('none')).toBeUndefined();
    expect(scheduler.size).toBe(4);
  });

  it('expects no instant where an estimate or the slots are not known', () => {
    const { scheduler } = schedulerOf([task('waits'), task('first', { priority: 9 })]);
    expect(scheduler.explain('waits', { slots: 1 })).not.toHaveProperty('expectedStartMs');
    expect(scheduler.explain('first')).not.toHaveProperty('expectedStartMs');
    expect(scheduler.explain('first', { slots: 1 })?.expectedStartMs).toBe(0);
  });

  it.each([
    { slots: Infinity, expectedStartMs: 0 },
    { slots: 1_000_000, expectedStartMs: 0 },
    { slots: 1.5, expectedStartMs: minute },
    { slots: 0, expectedStartMs: undefined },
    { slots: Number.NaN, expectedStartMs: undefined },
  ])('of a pool of $slots slots', ({ slots, expectedStartMs }) => {
    const scheduler = new IntelligentScheduler();
    const task = { priority: 5, enqueuedAt: 0, estimateMs: minute };
    scheduler.push({ ...task, id: 'first' });
    scheduler.push({ ...task, id: 'waits' });
    expect(scheduler.explain('waits', { now: 0, slots })?.expectedStartMs).toBe(expectedStartMs);
  });

  it.each([{ fair: false }, { fair: true }])(
    'foretells what pop does when time stands still (%j)',
    (options) => {
      const tasks = Array.from({ length: 60 }, (_, index) =>
        task(`t${index}`, {
          priority: index % 3,
          tenant: `tenant ${index % 4}`,
          enqueuedAt: (index * 7919) % 1_000,
          estimateMs: ((index * 104_729) % 120) * 1_000,
          ...(index % 5 === 0 ? { deadlineAt: 100_000 + index } : {}),
        }),
      );
      const { scheduler } = schedulerOf(tasks, options);
      const context = { now: 2_000, utilisation: 0.9, slots: 2 };
      for (let popped = 0; popped < 20; popped += 1) scheduler.pop(context);
      const foretold = Array.from({ length: 60 }, (_, index) => `t${index}`)
        .map((id) => ({ id, why: scheduler.explain(id, context) }))
        .filter(({ why }) => why !== undefined)
        .sort((a, b) => (a.why?.position ?? 0) - (b.why?.position ?? 0));
      expect(foretold.at(-1)?.why?.before).toEqual(foretold.slice(0, -1).map(({ id }) => id));
      expect(foretold.map(() => scheduler.pop(context)?.id)).toEqual(foretold.map(({ id }) => id));
    },
  );
});

it('tells what happens', async () => {
  const { scheduler, events, clock } = schedulerOf([task('a'), task('b')]);
  await clock.advance(1_000);
  scheduler.reprioritise('b', 7);
  scheduler.pop();
  scheduler.cancel('a');
  expect(events).toEqual([
    { type: 'queued', id: 'a', size: 1 },
    { type: 'queued', id: 'b', size: 2 },
    { type: 'reprioritised', id: 'b', from: 5, to: 7 },
    { type: 'popped', id: 'b', lane: 'score', waitMs: 1_000, size: 1 },
    { type: 'cancelled', id: 'a', size: 0 },
  ]);
});

it.each([
  [{ limit: 0 }, 'limit must be an integer >= 1, got 0'],
  [{ limitPerTenant: 1.5 }, 'limitPerTenant must be an integer >= 1, got 1.5'],
  [{ slowDownFrom: 80 }, 'slowDownFrom must be a number from 0 to 1, got 80'],
  [{ weights: { a: 0 } }, 'weights.a must be a finite number > 0, got 0'],
  [{ idleCredit: -1 }, 'idleCredit must be a duration >= 0'],
  [{ deadlineSlack: -1 }, 'deadlineSlack must be a number >= 0, got -1'],
  [{ deadlineBurst: -1 }, 'deadlineBurst must be an integer >= 0, got -1'],
  [{ urgentSlots: -1 }, 'urgentSlots must be an integer >= 0, got -1'],
  [{ urgentFrom: 11 }, 'urgentFrom must be an integer from 0 to 10, got 11'],
] satisfies [IntelligentSchedulerOptions, string][])('refuses %j', (options, message) => {
  expect(() => new IntelligentScheduler(options)).toThrow(`intelligent-scheduler: ${message}`);
});

it('takes an estimate as a history gives it, whether there is one or not', () => {
  const { scheduler } = schedulerOf([]);
  const estimateMs = new DurationHistory().estimate('review')?.p90Ms;
  scheduler.push({ id: 'a', priority: 5, enqueuedAt: 0, estimateMs });
  expect(scheduler.pop()).toMatchObject({ id: 'a', estimateMs: undefined });
});

it('gives back the type that was put in', () => {
  interface Phase extends Task {
    readonly agent: string;
  }
  const scheduler = new IntelligentScheduler<Phase>();
  expectTypeOf(scheduler.pop()).toEqualTypeOf<Phase | undefined>();
  expectTypeOf<ReturnType<typeof scheduler.push>>().toEqualTypeOf<Backpressure>();
  // @ts-expect-error a task without its agent is no Phase
  expect(scheduler.push(task('a'))).toBe('none');
});
