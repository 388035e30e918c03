import { seededRandom, VirtualClock } from '@chimera/policy';
import { describe, expect, test } from 'vitest';
import {
  checkRecovery,
  checkResizing,
  type HistoryEvent,
  Recorder,
  type Verdict,
} from '../../src/history.ts';

type Written = (recorder: Recorder, clock: VirtualClock) => Promise<void>;

async function written(write: Written): Promise<readonly HistoryEvent[]> {
  const clock = new VirtualClock();
  const recorder = new Recorder({ clock });
  await write(recorder, clock);
  return recorder.events;
}

const messages = ({ violations }: Verdict) =>
  violations.map(({ law, message, subject }) => `${law} ${subject}: ${message}`);

/** Faults until 100; three jobs wait, and are claimed one every `everyMs` from then on. */
const outage = (everyMs: number) =>
  written(async (recorder, clock) => {
    for (const id of ['a', 'b', 'c'])
      recorder.invoke('client', 'enqueue', { id, priority: 0 }).ok();
    recorder.invoke('worker 0', 'claim').info('it died');
    await clock.advance(100);
    for (const id of ['a', 'b', 'c']) {
      await clock.advance(everyMs);
      recorder.invoke('worker 1', 'claim').ok(id);
    }
    await clock.advance(1_000);
    recorder.invoke('worker 1', 'claim').ok();
  });

/** Starts and ends at random under sizes at random; a pool with a mistake `forgets` a smaller size. */
const poolLife = (seed: number, forgets: boolean) =>
  written(async (recorder) => {
    const random = seededRandom(seed);
    const running: string[] = [];
    let size = 3;
    recorder.invoke('operator', 'resize', size).ok();
    for (let turn = 0; turn < 60; turn += 1) {
      const chance = random();
      if (chance < 0.2) {
        const told = 1 + Math.floor(random() * 4);
        recorder.invoke('operator', 'resize', told).ok();
        if (!forgets || told > size) size = told;
      } else if (chance < 0.7 && running.length < size) {
        recorder.invoke('pool', 'claim').ok({ job: `job-${turn}` });
        running.push(`job-${turn}`);
      } else {
        const [done] = running.splice(0, 1);
        if (done !== undefined) recorder.invoke('pool', 'end', done).ok();
      }
    }
  });

describe('once faults have stopped', () => {
  test('what waits is claimed within the bound, or told', async () => {
    const bound = { healedAt: 100, withinMs: 90 };
    const inTime = checkRecovery(await outage(30), bound);
    expect(inTime).toEqual({ violations: [], checked: { 'daemon-10': 3 } });
    expect(messages(checkRecovery(await outage(31), bound))).toEqual([
      'daemon-10 c: claimed only at 193, and not by 190',
    ]);
    const forgotten = (await outage(30)).map((event) =>
      event.value === 'b' ? { ...event, value: undefined } : event,
    );
    expect(messages(checkRecovery(forgotten, bound))).toEqual([
      'daemon-10 b: claimed never, and not by 190',
    ]);
  });

  test('nothing is asked of what was removed, is not due, or is due after the end', async () => {
    const events = await written(async (recorder, clock) => {
      recorder.invoke('client', 'enqueue', { id: 'removed', priority: 0 }).ok();
      recorder.invoke('client', 'remove', 'removed').ok();
      recorder.invoke('client', 'enqueue', { id: 'later', priority: 0, dueAt: 500 }).ok();
      await clock.advance(300);
      recorder.invoke('client', 'enqueue', { id: 'last', priority: 0 }).ok();
      await clock.advance(50);
      recorder.invoke('worker', 'claim').ok();
    });
    expect(checkRecovery(events, { healedAt: 0, withinMs: 100 })).toEqual({
      violations: [],
      checked: {},
    });
    expect(messages(checkRecovery(events, { healedAt: 0, withinMs: 50 }))).toEqual([
      'daemon-10 last: claimed never, and not by 350',
    ]);
  });
});

test('a long history is judged like a short one', async () => {
  const short = await outage(31);
  const last = short.at(-1)?.at ?? 0;
  const more = Array.from({ length: 200_000 }, (_, index): HistoryEvent => ({
    index: short.length + index,
    process: `poller ${index}`,
    type: 'invoke',
    op: 'poll',
    at: last + index,
    value: undefined,
  }));
  const verdict = checkRecovery([...short, ...more], { healedAt: 100, withinMs: 90 });
  expect(verdict.violations).toHaveLength(1);
});

test.each([Number.NaN, Infinity])('a bound of %d is none', async (bound) => {
  const events = await outage(31);
  expect(() => checkRecovery(events, { healedAt: 100, withinMs: bound })).toThrow(RangeError);
  expect(() => checkRecovery(events, { healedAt: bound, withinMs: 90 })).toThrow(RangeError);
});

describe('a pool that is resized', () => {
  const seeds = Array.from({ length: 40 }, (_, seed) => seed);

  test('starts what it has room for, and is found when it forgets a smaller size', async () => {
    let found = 0;
    for (const seed of seeds) {
      const { checked, violations } = checkResizing(await poolLife(seed, false));
      expect(violations).toEqual([]);
      expect(checked['daemon-11']).toBeGreaterThan(5);
      if (checkResizing(await poolLife(seed, true)).violations.length > 0) found += 1;
    }
    expect(found).toBeGreaterThan(30);
  });

  test('leaves what runs to run', async () => {
    const events = await written(async (recorder) => {
      recorder.invoke('operator', 'resize', 2).ok();
      for (const id of ['a', 'b']) recorder.invoke('pool', 'claim').ok(id);
      recorder.invoke('operator', 'resize', 1).ok();
      recorder.invoke('pool', 'kill', 'b').ok();
      recorder.invoke('pool', 'claim').ok('c');
    });
    expect(messages(checkResizing(events))).toEqual([
      'daemon-11 c: started while 1 run, where 1 may',
      'daemon-11 b: killed, and not left to run',
    ]);
  });

  test('may start what was claimed while the size or an end was on its way', async () => {
    const events = await written(async (recorder) => {
      recorder.invoke('operator', 'resize', 1).ok();
      recorder.invoke('pool', 'claim').ok('a');
      const resize = recorder.invoke('operator', 'resize', 2);
      recorder.invoke('pool', 'claim').ok('b');
      resize.ok();
      const smaller = recorder.invoke('operator', 'resize', 1);
      const ending = recorder.invoke('worker', 'end', 'a');
      recorder.invoke('pool', 'claim').ok('c');
      smaller.ok();
      ending.ok();
    });
    expect(checkResizing(events)).toEqual({ violations: [], checked: { 'daemon-11': 3 } });
  });
});
