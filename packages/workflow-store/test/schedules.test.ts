import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import type { StoredSchedule, StoreError } from '../src/index.ts';
import { startsAt, temporaryStore } from './temporary-store.ts';

const nightly: StoredSchedule = {
  name: 'nightly',
  timing: '0 3 * * * UTC',
  isPaused: false,
  decidedUpTo: startsAt,
  pending: [],
  active: [],
};

test('how far schedules have come is there after the store was opened again, by name', async () => {
  const { path, store } = await temporaryStore();
  await store.keepSchedule(nightly);
  await store.keepSchedule({ ...nightly, name: 'hourly' });
  const moved: StoredSchedule = {
    ...nightly,
    isPaused: true,
    decidedUpTo: startsAt + 5,
    pending: [startsAt + 1, startsAt + 2],
    active: ['w1'],
    last: { instant: startsAt, at: startsAt + 3, workflowId: 'w1' },
  };
  await store.keepSchedule(moved);
  await store.close();
  const { store: reopened } = await temporaryStore({ path });
  expect(await reopened.schedules()).toEqual([{ ...nightly, name: 'hourly' }, moved]);
});

test('a dropped schedule is gone, the others stay', async () => {
  const { store } = await temporaryStore();
  await Promise.all([
    store.keepSchedule(nightly),
    store.keepSchedule({ ...nightly, name: 'hourly' }),
    store.dropSchedule('nightly'),
    store.dropSchedule('of nobody'),
  ]);
  expect((await store.schedules()).map(({ name }) => name)).toEqual(['hourly']);
});

test('an instant that is none is refused', async () => {
  const { store } = await temporaryStore();
  await expect(store.keepSchedule({ ...nightly, decidedUpTo: NaN })).rejects.toThrow(
    'workflow-store: decidedUpTo must be an integer >= 0, got NaN',
  );
});

test.each([
  ['pending', '[1,', 'its pending is not JSON: '],
  ['active', '{"w1":1}', 'its active has '],
])(
  'one with damaged %s is paused, and told of; the others stay as they are',
  async (column, text, problem) => {
    const { path, store: before } = await temporaryStore();
    const moved = { ...nightly, pending: [startsAt + 1], active: ['w1'] };
    await before.keepSchedule({ ...moved, name: 'hourly' });
    await before.keepSchedule(moved);
    await before.close();
    const other = new Database(path);
    other.prepare(`update schedules set ${column} = ? where name = 'nightly'`).run(text);
    other.close();
    const reported: StoreError[] = [];
    const { store } = await temporaryStore({ path, onCorruptRow: (error) => reported.push(error) });
    const paused = { ...moved, [column]: [], isPaused: true };
    expect(await store.schedules()).toEqual([{ ...moved, name: 'hourly' }, paused]);
    expect(reported).toMatchObject([{ code: 'ROW_CORRUPT', path }]);
    expect(reported[0]?.message).toContain(`schedule "nightly" cannot be read: ${problem}`);
    expect(reported[0]?.message).toMatch(/; it is paused: .+, then resume it$/);
  },
);
