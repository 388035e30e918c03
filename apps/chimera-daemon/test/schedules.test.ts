import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { VirtualClock } from '@chimera/policy';
import type { WorkflowStore } from '@chimera/workflow-store';
import { pino } from 'pino';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openState } from '../src/open-state.ts';
import { cronRecurrence } from '../src/schedules/recurrence.ts';
import type { ScheduleNews } from '../src/schedules/schedule-news.ts';
import type { Schedule } from '../src/schedules/schedule.ts';
import { Schedules } from '../src/schedules/schedules.ts';
import { workflowOf } from './small-daemon.ts';

const minute = 60_000;
const hour = 60 * minute;
const startsAt = Date.UTC(2026, 0, 1);
const definition = workflowOf([
  { name: 'plan', stage: 'planning', agent: 'planner', timeout: '10s' },
]);

const hourly = (changes: Partial<Schedule> & { cron?: string } = {}): Schedule => {
  const { cron = '0 * * * *', timezone = 'UTC' } = changes;
  return {
    name: 'hourly',
    cron,
    timezone,
    recurrence: cronRecurrence(cron, timezone),
    overlap: 'skip',
    catchUp: 'last',
    jitterMs: 0,
    work: { definition, input: { n: 1 }, priority: 5 },
    ...changes,
  };
};

/** Schedules on a real store and a virtual clock, in which nothing runs: workflows end when told to. */
async function running(
  schedules: readonly Schedule[],
  {
    clock = new VirtualClock(startsAt),
    path = join(mkdtempSync(join(tmpdir(), 'chimera-schedules-')), 'chimera.db'),
    broken = () => ({}),
  }: {
    clock?: VirtualClock;
    path?: string;
    broken?: (store: WorkflowStore) => Partial<WorkflowStore>;
  } = {},
) {
  const lines: string[] = [];
  const news: ScheduleNews[] = [];
  const log = pino({ level: 'info' }, { write: (line: string) => void lines.push(line) });
  const { store } = await openState(path, 'crash', { clock, log });
  const cancelled: string[] = [];
  const end = async (id: string) => {
    const event = { type: 'cancel-requested', at: clock.now(), reason: 'test' } as const;
    await store.apply({ workflowId: id, event });
    parts.ended(id);
  };
  const shown = {
    dropSchedule: (name: string) => store.dropSchedule(name),
    get: (id: string) => store.get(id),
    keepSchedule: (...args: Parameters<WorkflowStore['keepSchedule']>) =>
      store.keepSchedule(...args),
    schedules: () => store.schedules(),
    submit: (...args: Parameters<WorkflowStore['submit']>) => store.submit(...args),
  };
  const parts = new Schedules(schedules, {
    store: { ...shown, ...broken(store) },
    cancel: async (id) => {
      cancelled.push(id);
      await end(id);
    },
    onSubmitted: () => {},
    assumedMs: () => undefined,
    tell: (told) => void news.push(told),
    clock,
    log,
  });
  const stop = async () => {
    await parts.stop();
    await store.close();
  };
  onTestFinished(stop);
  await parts.start();
  return {
    cancelled,
    clock,
    end: async (id: string) => {
      await end(id);
      await settled();
    },
    lines,
    news,
    path,
    parts,
    stop,
    store,
    /** Timer by timer, each with all that it sets off. */
    advance: async (ms: number) => {
      const until = clock.monotonic() + ms;
      for (let at = clock.nextTimerAt; at !== undefined && at <= until; at = clock.nextTimerAt) {
        await clock.advance(at - clock.monotonic());
        // A turn that has work to do sets its timer when that is done.
        for (let n = 0; n < 300 && clock.nextTimerAt === undefined; n += 1) await setImmediate();
      }
      await clock.advance(until - clock.monotonic());
    },
    /** When what it started was submitted, in hours since the start of the test. */
    started: async () => {
      const { items } = await store.list({ limit: 500 });
      return items.map(({ createdAt }) => (createdAt - startsAt) / hour).toReversed();
    },
    newest: async () => {
      const { items } = await store.list({ limit: 1 });
      return items[0]?.id ?? '';
    },
  };
}

async function settled(): Promise<void> {
  for (let turn = 0; turn < 30; turn += 1) await setImmediate();
}

test('its work has the labels of the settings beside those that name the schedule', async () => {
  const { work, ...schedule } = hourly();
  const labels = { repository: 'shop', schedule: 'mine' };
  const { advance, newest, parts, store } = await running([
    { ...schedule, work: { ...work, labels } },
  ]);
  await advance(hour);
  const started = await store.get(await newest());
  expect(started?.labels).toEqual({
    repository: 'shop',
    schedule: 'hourly',
    instant: '2026-01-01T01:00:00.000Z',
  });
  const { id } = await parts.run('hourly');
  expect((await store.get(id))?.labels).toEqual({ repository: 'shop', schedule: 'hourly' });
});

describe('an instant is started once', () => {
  test('each one while it runs, under a key of its own', async () => {
    const { advance, end, newest, started, store } = await running([hourly()]);
    for (let n = 0; n < 3; n += 1) {
      await advance(hour);
      await end(await newest());
    }
    expect(await started()).toEqual([1, 2, 3]);
    const again = { definition, input: { n: 1 }, priority: 5 };
    const labels = { schedule: 'hourly', instant: '2026-01-01T01:00:00.000Z' };
    const idempotencyKey = 'schedule:hourly:2026-01-01T01:00:00.000Z';
    expect(await store.submit([{ ...again, labels, idempotencyKey }])).toMatchObject([
      { created: false },
    ]);
  });

  test('also when it crashed between the start and the note of it', async () => {
    let crashed = false;
    const first = await running([hourly()], {
      broken: (store) => ({
        keepSchedule: async (schedule) => {
          if (schedule.last !== undefined) crashed = true;
          if (crashed) throw new Error('killed');
          await store.keepSchedule(schedule);
        },
      }),
    });
    await first.advance(hour);
    expect(crashed).toBe(true);
    expect(await first.started()).toEqual([1]);
    await first.stop();
    const second = await running([hourly()], first);
    expect(await second.started()).toEqual([1]);
    expect(second.parts.list()[0]).toMatchObject({ active: [await second.newest()], pending: [] });
  });

  test('also when its work was changed after such a crash', async () => {
    const first = await running([hourly()], {
      broken: (store) => ({
        keepSchedule: async (schedule) => {
          if (schedule.last !== undefined) throw new Error('killed');
          await store.keepSchedule(schedule);
        },
      }),
    });
    await first.advance(hour);
    await first.stop();
    const changed = hourly({ work: { definition, input: { n: 2 }, priority: 5 } });
    const second = await running([changed], first);
    expect(await second.started()).toEqual([1]);
    expect(second.parts.list()[0]?.active).toEqual([await second.newest()]);
  });

  test('a refusing store is asked again until it takes it', async () => {
    let refusals = 3;
    const { advance, news, started } = await running([hourly()], {
      broken: (store) => ({
        submit: async (workflows) => {
          if (refusals-- > 0) throw new Error('database or disk is full');
          return store.submit(workflows);
        },
      }),
    });
    await advance(hour + 29_000);
    expect(await started()).toEqual([]);
    await advance(1_000);
    expect(await started()).toEqual([1 + 30_000 / hour]);
    const refused = { type: 'failed', schedule: 'hourly' };
    const late = { type: 'started', schedule: 'hourly', trigger: 'clock', lateMs: 30_000 };
    expect(news).toEqual([refused, refused, refused, late]);
  });
});

describe('what overlaps', () => {
  test('is skipped', async () => {
    const { advance, end, lines, news, newest, started } = await running([hourly()]);
    await advance(3 * hour);
    expect(await started()).toEqual([1]);
    expect(lines.filter((line) => line.includes('skipped'))).toHaveLength(2);
    const skipped = { type: 'skipped', schedule: 'hourly', count: 1 };
    expect(news.slice(1)).toEqual([skipped, skipped]);
    await end(await newest());
    expect(await started()).toEqual([1]);
    await advance(hour);
    expect(await started()).toEqual([1, 4]);
  });

  test('waits in order, and starts as soon as there is room', async () => {
    const { advance, end, news, newest, parts, started } = await running([
      hourly({ overlap: 'queue' }),
    ]);
    await advance(3.5 * hour);
    expect(await started()).toEqual([1]);
    expect(parts.list()[0]?.pending).toEqual([startsAt + 2 * hour, startsAt + 3 * hour]);
    await end(await newest());
    expect(await started()).toEqual([1, 3.5]);
    expect(news.at(-1)).toMatchObject({ type: 'started', trigger: 'queue', lateMs: 1.5 * hour });
    expect(parts.list()[0]).toMatchObject({
      pending: [startsAt + 3 * hour],
      last: { instant: startsAt + 2 * hour },
    });
  });

  test('with one whose row is damaged starts all the same', async () => {
    const { advance, news, newest, started, store } = await running([hourly()]);
    await advance(hour);
    await store.db
      .updateTable('workflows')
      .set({ state: '{' })
      .where('id', '=', await newest())
      .execute();
    await advance(hour);
    expect(await started()).toEqual([2]);
    expect(news.map(({ type }) => type)).toEqual(['started', 'started']);
  });

  test('takes its place: the one before is cancelled', async () => {
    const { advance, cancelled, newest, started, store } = await running([
      hourly({ overlap: 'cancel-previous' }),
    ]);
    await advance(hour);
    const first = await newest();
    await advance(hour);
    expect(cancelled).toEqual([first]);
    expect(await started()).toEqual([1, 2]);
    expect((await store.get(first))?.state.status).toBe('cancelled');
  });

  test('what was waiting goes on waiting after a restart', async () => {
    const first = await running([hourly({ overlap: 'queue' })]);
    await first.advance(2 * hour);
    const id = await first.newest();
    await first.stop();
    const second = await running([hourly({ overlap: 'queue' })], first);
    expect(await second.started()).toEqual([1]);
    await second.end(id);
    expect(await second.started()).toEqual([1, 2]);
  });
});

describe('what was missed', () => {
  test.for<[string, Schedule, readonly number[]]>([
    ['is started once by default', hourly(), [1]],
    ['is not started with none', hourly({ catchUp: 'none' }), []],
    ['is started up to the bound', hourly({ catchUp: 2, overlap: 'queue' }), [4, 5]],
    ['is all started within the bound', hourly({ catchUp: 9, overlap: 'queue' }), [1, 2, 3, 4, 5]],
  ])('while it was down %s', async ([, schedule, instants]) => {
    const first = await running([schedule]);
    await first.stop();
    await first.clock.advance(5.5 * hour);
    const { end, news, newest, parts, store } = await running([schedule], first);
    // All five of them, or what came before the first that is made up for.
    expect(news.some(({ type }) => type === 'missed')).toBe(instants.length < 5);
    expect(news.filter(({ type }) => type === 'started')).toEqual(
      instants.slice(0, 1).map(() => expect.objectContaining({ trigger: 'catch-up' }) as unknown),
    );
    const met =
      (await store.list({ limit: 9 })).items.length + (parts.list()[0]?.pending.length ?? 0);
    expect(met).toBe(instants.length);
    const seen: number[] = [];
    for (const _ of instants) {
      seen.push(((parts.list()[0]?.last?.instant ?? 0) - startsAt) / hour);
      await end(await newest());
    }
    expect(seen).toEqual(schedule.catchUp === 'last' ? [5] : instants);
  });

  test('while the machine slept is noticed within half a minute of its waking', async () => {
    const { advance, clock, started } = await running([hourly()]);
    await advance(10 * minute);
    // Timers do not run in a machine asleep; its wall clock does.
    clock.jumpWall(2 * hour);
    await advance(30_000);
    expect(await started()).toHaveLength(1);
  });

  test('is not repeated when the clock is set back, nor is it stuck', async () => {
    const { advance, clock, end, newest, started } = await running([hourly()]);
    await advance(1.1 * hour);
    await end(await newest());
    clock.jumpWall(-0.5 * hour);
    await advance(hour);
    expect(await started()).toHaveLength(1);
    await advance(hour);
    expect(await started()).toHaveLength(2);
  });

  test('does not wait for a day that a wrong clock has shown', async () => {
    const { advance, clock, end, newest, started } = await running([hourly()]);
    clock.jumpWall(10_000 * hour);
    await advance(minute);
    await end(await newest());
    clock.jumpWall(-10_000 * hour);
    await advance(2 * hour);
    expect(await started()).toHaveLength(2);
  });
});

describe('an operator', () => {
  test('pauses and resumes; what fell due meanwhile is not caught up, also over a restart', async () => {
    const first = await running([hourly()]);
    expect(await first.parts.pause('hourly')).toMatchObject({ isPaused: true, nextAt: null });
    await first.advance(2 * hour);
    await first.stop();
    const { advance, parts, started } = await running([hourly()], first);
    await advance(1.5 * hour);
    expect(parts.list()[0]).toMatchObject({ isPaused: true });
    expect(await parts.resume('hourly')).toMatchObject({
      isPaused: false,
      nextAt: startsAt + 4 * hour,
    });
    await settled();
    expect(await started()).toEqual([]);
    await advance(hour);
    expect(await started()).toEqual([4]);
  });

  test('is asked where nobody can say what of it still runs: it is paused until it is resumed', async () => {
    const first = await running([hourly()]);
    await first.store.db.updateTable('schedules').set({ active: '[' }).execute();
    await first.stop();
    const { advance, lines, parts, started } = await running([hourly()], first);
    expect(lines.join('')).toContain(
      'schedule \\"hourly\\" cannot be read: its active is not JSON',
    );
    await advance(2.5 * hour);
    expect(parts.list()[0]).toMatchObject({ isPaused: true, nextAt: null });
    expect(await started()).toEqual([]);
    await parts.resume('hourly');
    await settled();
    await advance(hour);
    expect(await started()).toEqual([3]);
  });

  test('starts it by hand, once for each key, also while it is paused', async () => {
    const { advance, parts, started } = await running([hourly()]);
    await parts.pause('hourly');
    const first = await parts.run('hourly', 'k');
    expect(first.created).toBe(true);
    expect(await parts.run('hourly', 'k')).toEqual({ id: first.id, created: false });
    expect((await parts.run('hourly')).created).toBe(true);
    expect(parts.list()[0]?.active).toHaveLength(2);
    await parts.resume('hourly');
    await advance(hour);
    expect(await started()).toEqual([0, 0]);
  });

  test('is told which schedules there are', async () => {
    const { parts } = await running([hourly()]);
    await expect(parts.pause('nightly')).rejects.toMatchObject({
      statusCode: 404,
      message: 'there is no schedule "nightly"; known are hourly',
    });
  });
});

describe('the settings', () => {
  test('are what counts: a removed schedule is forgotten, a new one starts from now', async () => {
    const first = await running([hourly()]);
    await first.stop();
    await first.clock.advance(3.5 * hour);
    const second = await running([hourly({ name: 'other' })], first);
    expect(second.parts.list().map(({ name }) => name)).toEqual(['other']);
    expect((await second.store.schedules()).map(({ name }) => name)).toEqual(['other']);
    await second.stop();
    const third = await running([hourly(), hourly({ name: 'other' })], second);
    expect(await third.started()).toEqual([]);
    await third.advance(hour);
    expect(await third.started()).toEqual([4, 4]);
  });

  test('with another timing are not held to the instants of the one before; a pause stays', async () => {
    const first = await running([hourly()]);
    await first.parts.pause('hourly');
    await first.parts.resume('hourly');
    await first.stop();
    await first.clock.advance(3.5 * hour);
    const later = hourly({ cron: '15 * * * *' });
    const second = await running([later], first);
    expect(await second.started()).toEqual([]);
    await second.parts.pause('hourly');
    await second.stop();
    const third = await running([hourly({ cron: '45 * * * *' })], second);
    expect(third.parts.list()[0]).toMatchObject({ cron: '45 * * * *', isPaused: true });
  });

  test('delay a start within the window, by the same for the same instant', async () => {
    const { advance, newest, store } = await running([hourly({ jitterMs: 10 * minute })]);
    await advance(hour);
    const { runAt } = (await store.get(await newest())) ?? { runAt: 0 };
    expect(runAt).toBeGreaterThan(startsAt + hour);
    expect(runAt).toBeLessThan(startsAt + hour + 10 * minute);
  });
});

test('between instants nothing is asked of the store', async () => {
  let reads = 0;
  const { advance, parts } = await running([hourly()], {
    broken: (store) => ({
      get: (id) => {
        reads += 1;
        return store.get(id);
      },
      keepSchedule: (schedule) => {
        reads += 1;
        return store.keepSchedule(schedule);
      },
    }),
  });
  reads = 0;
  await advance(hour - 1);
  expect(reads).toBe(0);
  parts.ended('of no schedule');
  await settled();
  expect(reads).toBe(0);
});

test('nothing is set off after it was stopped', async () => {
  const { advance, clock, parts, started } = await running([hourly()]);
  await parts.stop();
  parts.ended('x');
  await advance(2 * hour);
  expect(await started()).toEqual([]);
  expect(clock.pendingTimers).toBe(0);
});
