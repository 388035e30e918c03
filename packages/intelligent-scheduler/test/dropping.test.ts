import * as fc from 'fast-check';
import { VirtualClock } from '@chimera/policy';
import { describe, expect, expectTypeOf, it } from 'vitest';
import {
  type Dropped,
  IntelligentScheduler,
  type IntelligentSchedulerOptions,
  QueueFullError,
  type SchedulerEvent,
  type Task,
} from '../src/index.ts';

function task(id: string, more: Partial<Task> = {}): Task {
  return { id, priority: 5, enqueuedAt: 0, ...more };
}

function schedulerOf(options: IntelligentSchedulerOptions, tasks: readonly Task[] = []) {
  const clock = new VirtualClock();
  const events: SchedulerEvent[] = [];
  const dropped: Dropped[] = [];
  const scheduler = new IntelligentScheduler(options, {
    clock,
    onEvent: (event) => void events.push(event),
    onDropped: (drop) => void dropped.push(drop),
  });
  for (const each of tasks) scheduler.push(each);
  events.splice(0);
  const popAll = () => {
    const ids: string[] = [];
    for (let next = scheduler.pop(); next; next = scheduler.pop()) ids.push(next.id);
    return ids;
  };
  return { clock, dropped, events, popAll, scheduler };
}

describe('a full queue that sheds', () => {
  const few = [
    task('low', { priority: 2 }),
    task('lower', { priority: 1 }),
    task('last', { priority: 1 }),
  ];

  it('gives the place of the least urgent, of equals the last that was pushed, to the one that comes', () => {
    const { dropped, events, popAll, scheduler } = schedulerOf({ limit: 3, whenFull: 'shed' }, few);
    expect(scheduler.push(task('high', { priority: 9 }))).toBe('slow-down');
    expect(dropped).toEqual([{ reason: 'shed', task: few[2], scope: 'queue', by: 'high' }]);
    expect(events).toEqual([
      { type: 'shed', id: 'last', scope: 'queue', by: 'high', size: 3 },
      { type: 'queued', id: 'high', size: 3 },
    ]);
    expect(popAll()).toEqual(['high', 'low', 'lower']);
  });

  it('refuses who is no more urgent than anybody who waits', () => {
    const { dropped, events, popAll, scheduler } = schedulerOf({ limit: 3, whenFull: 'shed' }, few);
    expect(() => scheduler.push(task('as low', { priority: 1 }))).toThrow(QueueFullError);
    expect(events).toEqual([{ type: 'refused', id: 'as low', scope: 'queue', size: 3 }]);
    expect(dropped).toEqual([]);
    expect(popAll()).toEqual(['low', 'lower', 'last']);
  });

  it('goes by the priority that a task has now', () => {
    const { dropped, scheduler } = schedulerOf({ limit: 3, whenFull: 'shed' }, few);
    scheduler.reprioritise('last', 3);
    scheduler.reprioritise('low', 0);
    scheduler.push(task('high', { priority: 9 }));
    expect(dropped).toMatchObject([{ task: { id: 'low', priority: 0 } }]);
  });

  it('takes the place of a task of the same tenant where that is at its limit', () => {
    const rule = { limit: 4, limitPerTenant: 2, whenFull: 'shed' } as const;
    const { dropped, scheduler } = schedulerOf(rule, [
      task('quiet', { priority: 0, tenant: 'quiet' }),
      task('loud1', { priority: 3, tenant: 'loud' }),
      task('loud2', { priority: 4, tenant: 'loud' }),
    ]);
    scheduler.push(task('loud3', { tenant: 'loud' }));
    expect(dropped).toMatchObject([{ reason: 'shed', scope: 'tenant', task: { id: 'loud1' } }]);
    expect(() => scheduler.push(task('loud4', { priority: 4, tenant: 'loud' }))).toThrow(
      'tenant loud',
    );
  });

  it('tells of what is shed once the one that came waits, so that who hears it may push in turn', () => {
    const shed: string[] = [];
    const scheduler: IntelligentScheduler = new IntelligentScheduler(
      { limit: 1, whenFull: 'shed' },
      {
        onDropped: ({ task: { id, priority } }) => {
          shed.push(id);
          if (priority < 9) scheduler.push(task('urgent', { priority: 10 }));
        },
      },
    );
    scheduler.push(task('low', { priority: 1 }));
    scheduler.push(task('high', { priority: 9 }));
    expect(shed).toEqual(['low', 'high']);
    expect(scheduler.size).toBe(1);
    expect(scheduler.pop()?.id).toBe('urgent');
  });
});

describe('what has expired', () => {
  const late = [
    task('late', { deadlineAt: 100 }),
    task('later', { deadlineAt: 200 }),
    task('free'),
  ];

  it('is served all the same unless it is to be dropped', async () => {
    const { clock, dropped, popAll, scheduler } = schedulerOf({}, late);
    await clock.advance(500);
    expect(scheduler.dropExpired()).toBe(0);
    expect(popAll()).toEqual(['late', 'later', 'free']);
    expect(dropped).toEqual([]);
  });

  it('is dropped by the pop that comes at its deadline or after', async () => {
    const { clock, dropped, events, scheduler } = schedulerOf({ whenExpired: 'drop' }, late);
    await clock.advance(99);
    expect(scheduler.peek()?.id).toBe('late');
    await clock.advance(21);
    expect(scheduler.pop()?.id).toBe('later');
    expect(dropped).toEqual([{ reason: 'expired', task: late[0], lateMs: 20 }]);
    expect(events[0]).toEqual({ type: 'expired', id: 'late', lateMs: 20, size: 2 });
  });

  it('is no longer foretold, though it is dropped only when somebody acts', async () => {
    const { dropped, scheduler } = schedulerOf({ whenExpired: 'drop' }, late);
    expect(scheduler.peek({ now: 150 })?.id).toBe('later');
    expect(scheduler.explain('free', { now: 250 })?.before).toEqual([]);
    expect(scheduler.explain('free', { now: 150 })?.before).toEqual(['later']);
    expect(scheduler.explain('late', { now: 100 })).toBeUndefined();
    expect([scheduler.size, dropped]).toEqual([3, []]);
    expect(scheduler.explain('late', { now: 50 })?.position).toBe(1);
  });

  it('is dropped when it is asked for', () => {
    const { dropped, scheduler } = schedulerOf({ whenExpired: 'drop' }, late);
    expect(scheduler.dropExpired({ now: 200 })).toBe(2);
    expect(dropped.map(({ task: { id } }) => id)).toEqual(['late', 'later']);
    expect(scheduler.size).toBe(1);
  });

  it('makes room before anybody is shed or refused', () => {
    const rule = { limit: 3, whenFull: 'shed', whenExpired: 'drop' } as const;
    const { dropped, scheduler } = schedulerOf(rule, late);
    scheduler.push(task('low', { priority: 0 }), { now: 150 });
    expect(dropped).toMatchObject([{ reason: 'expired', task: { id: 'late' } }]);
  });

  it('when it comes takes nobody’s place, and is told of like the others', () => {
    const rule = { limit: 3, whenFull: 'shed', whenExpired: 'drop' } as const;
    const { dropped, events, scheduler } = schedulerOf(rule, late);
    expect(scheduler.push(task('stale', { priority: 9, deadlineAt: 40 }), { now: 50 })).toBe(
      'slow-down',
    );
    expect(dropped).toMatchObject([{ reason: 'expired', lateMs: 10, task: { id: 'stale' } }]);
    expect(events).toEqual([{ type: 'expired', id: 'stale', lateMs: 10, size: 3 }]);
  });
});

it('ends each task that was pushed once: served, cancelled, refused, shed or expired', () => {
  const push = fc.record({
    priority: fc.nat(10),
    tenant: fc.constantFrom('a', 'b', 'c'),
    lifeMs: fc.constantFrom(undefined, 0, 5, 50),
  });
  const step = fc.oneof(
    { weight: 5, arbitrary: push },
    { weight: 1, arbitrary: fc.constantFrom('pop', 'cancel', 'reprioritise', 'drop') },
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200, size: 'max' }), (steps) => {
      const ends = new Map<string, string[]>();
      const end = (id: string | undefined, how: string) => {
        if (id !== undefined) ends.set(id, [...(ends.get(id) ?? []), how]);
      };
      let now = 0;
      const scheduler = new IntelligentScheduler(
        { limit: 7, limitPerTenant: 4, whenFull: 'shed', whenExpired: 'drop' },
        {
          clock: { now: () => now },
          onDropped: ({ reason, task: { id } }) => end(id, reason),
        },
      );
      for (const [index, each] of steps.entries()) {
        const id = `t${index}`;
        now += index % 3;
        if (each === 'pop') end(scheduler.pop()?.id, 'served');
        else if (each === 'cancel') end(scheduler.cancel(`t${index >> 1}`)?.id, 'cancelled');
        else if (each === 'reprioritise') scheduler.reprioritise(`t${index >> 1}`, index % 11);
        else if (each === 'drop') scheduler.dropExpired();
        else {
          const { lifeMs, ...rest } = each;
          ends.set(id, []);
          try {
            scheduler.push({
              ...rest,
              id,
              enqueuedAt: now,
              ...(lifeMs === undefined ? {} : { deadlineAt: now + lifeMs }),
            });
          } catch (error) {
            if (!(error instanceof QueueFullError)) throw error;
            end(id, 'refused');
          }
        }
        expect(scheduler.size).toBeLessThanOrEqual(7);
      }
      for (let next = scheduler.pop(); next; next = scheduler.pop()) end(next.id, 'served');
      expect([...ends].filter(([, hows]) => hows.length !== 1)).toEqual([]);
    }),
  );
});

it.each([{ limit: 3, whenFull: 'shed' }, { whenExpired: 'drop' }] as const)(
  'refuses %j without somebody who is told',
  (options) => {
    expect(() => new IntelligentScheduler(options)).toThrow(
      "intelligent-scheduler: onDropped must be a function where whenFull is 'shed' or whenExpired is 'drop', got undefined",
    );
  },
);

it.each([
  [{ whenFull: 'drop' }, "whenFull must be 'refuse' or 'shed', got \"drop\""],
  [{ whenExpired: 'shed' }, "whenExpired must be 'serve' or 'drop', got \"shed\""],
])('refuses %j', (options, message) => {
  expect(() => new IntelligentScheduler(options as IntelligentSchedulerOptions)).toThrow(message);
});

it('hands over the type that was put in', () => {
  interface Phase extends Task {
    readonly agent: string;
  }
  const scheduler = new IntelligentScheduler<Phase>(
    { limit: 1, whenFull: 'shed' },
    { onDropped: ({ task: dropped }) => expectTypeOf(dropped).toEqualTypeOf<Phase>() },
  );
  expectTypeOf(scheduler.pop()).toEqualTypeOf<Phase | undefined>();
});
