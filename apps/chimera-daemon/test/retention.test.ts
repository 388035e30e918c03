import { existsSync, mkdirSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { seededRandom, VirtualClock } from '@chimera/policy';
import { pino } from 'pino';
import { expect, onTestFinished, test } from 'vitest';
import { backUp } from '../src/back-up.ts';
import type { RetentionConfig } from '../src/config/retention-section.ts';
import { openState } from '../src/open-state.ts';
import { type Ended, Retention } from '../src/retention/retention.ts';
import { smallDaemon, workflowOf } from './small-daemon.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const config: RetentionConfig = {
  completed: 7 * day,
  cancelled: 2 * day,
  dead: 30 * day,
  batch: 2,
  interval: hour,
};
const work = workflowOf([{ name: 'plan', stage: 'planning', agent: 'planner', timeout: '10s' }]);

/** A daemon whose agent does as its input says, and its retention. */
async function swept(changes: Partial<RetentionConfig> = {}) {
  const daemon = await smallDaemon({
    agents: {
      planner: ({ input }) => {
        if (input.fails === true) throw Object.assign(new Error('no'), { retryable: false });
        return Promise.resolve({ done: true });
      },
    },
  });
  const { clock, deadLetters, pool, store } = daemon;
  const discarded: Ended[] = [];
  const lines: string[] = [];
  const retention = new Retention(
    { ...config, ...changes },
    {
      store,
      deadLetters,
      discard: (workflow) => Promise.resolve(void discarded.push(workflow)),
      clock,
      log: pino({ level: 'info' }, { write: (line: string) => void lines.push(line) }),
    },
  );
  pool.start();
  onTestFinished(async () => {
    await retention.stop();
    await pool.stop(0);
    await store.close();
  });
  /** Lets the time pass without the pool's heartbeats, then sweeps once. */
  const sweepAfter = async (ms: number) => {
    await retention.stop();
    clock.jumpWall(ms);
    retention.start();
    await daemon.advance(2_000);
  };
  return { ...daemon, discarded, lines, retention, sweepAfter };
}

test('forgets each after its time, dead ones only once their letters are closed, and nothing that lives', async () => {
  const { advance, deadLetters, discarded, lines, state, store, submit, sweepAfter } =
    await swept();
  const completed = await Promise.all([1, 2, 3].map((n) => submit(work, { n })));
  const dead = await submit(work, { fails: true });
  await advance(1_000);
  const [later] = await store.submit([
    { definition: work, input: {}, priority: 5, runAt: 4_102_444_800_000 },
  ]);
  expect((await state(dead)).status).toBe('dead');
  await sweepAfter(6 * day);
  expect(lines).toEqual([]);
  await sweepAfter(1 * day);
  expect(await Promise.all(completed.map((id) => store.get(id)))).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
  expect(discarded.map(({ id }) => id).toSorted()).toEqual(completed.toSorted());
  expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
    { component: 'retention', completed: 3, cancelled: 0, dead: 0, deadLetters: 0 },
  ]);

  await sweepAfter(100 * day);
  expect((await state(dead)).status).toBe('dead');
  const [letter] = (await deadLetters.list()).items;
  await deadLetters.resolve(letter?.id ?? '', { resolution: 'seen' });
  await sweepAfter(29 * day);
  expect(await store.get(dead)).toBeDefined();
  await sweepAfter(2 * day);
  expect(await store.get(dead)).toBeUndefined();
  expect((await deadLetters.list()).items).toEqual([]);
  expect(await store.get(later?.id ?? '')).toBeDefined();
});

test('keeps for ever what is to be kept for ever', async () => {
  const { advance, lines, store, submit, sweepAfter } = await swept({ completed: undefined });
  const id = await submit(work);
  await advance(1_000);
  await sweepAfter(10_000 * day);
  expect(await store.get(id)).toBeDefined();
  expect(lines).toEqual([]);
});

test('sweeps again after its interval, and not after it was stopped', async () => {
  const { advance, clock, retention, store, submit, sweepAfter } = await swept({
    interval: minute,
  });
  await sweepAfter(0);
  const first = await submit(work);
  await advance(1_000);
  clock.jumpWall(8 * day);
  await advance(minute + 1_000);
  expect(await store.get(first)).toBeUndefined();
  const second = await submit(work);
  await advance(1_000);
  await retention.stop();
  clock.jumpWall(8 * day);
  await advance(2 * minute);
  expect(await store.get(second)).toBeDefined();
}, 60_000);

test('the file stays flat under a load that ends', async () => {
  const { advance, store, sweepAfter } = await swept({ batch: 50 });
  const random = seededRandom(1);
  const sizes: number[] = [];
  for (let week = 0; week < 5; week += 1) {
    await store.submit(
      Array.from({ length: 60 }, () => ({
        definition: work,
        input: { text: 'x'.repeat(Math.floor(random() * 2_000)) },
        priority: 5,
      })),
    );
    await advance(40_000);
    await sweepAfter(8 * day);
    const copy = join(mkdtempSync(join(tmpdir(), 'chimera-flat-')), 'copy.db');
    const log = pino({ level: 'silent' });
    const parts = { store, database: '/nowhere', clock: new VirtualClock(0), log };
    sizes.push((await backUp(copy, parts)).bytes);
  }
  expect(Math.max(...sizes.slice(1))).toBeLessThanOrEqual((sizes[0] ?? 0) * 1.2);
}, 60_000);

test('a backup is a database of its own, and is refused where it would do harm', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'chimera-backup-'));
  const database = join(directory, 'chimera.db');
  const clock = new VirtualClock(0);
  const log = pino({ level: 'silent' });
  const { store } = await openState(database, 'crash', { clock, log });
  onTestFinished(() => store.close());
  const [submitted] = await store.submit([{ definition: work, input: { n: 1 }, priority: 5 }]);
  const parts = { store, database, clock, log };
  const path = join(directory, 'copy.db');
  const { bytes } = await backUp(path, parts);
  expect(bytes).toBeGreaterThan(4_096);
  expect(existsSync(`${path}.partial`)).toBe(false);
  const { store: restored } = await openState(path, 'crash', { clock, log });
  expect((await restored.get(submitted?.id ?? ''))?.input).toEqual({ n: 1 });
  await restored.close();
  await setImmediate();

  mkdirSync(join(directory, 'folder'));
  writeFileSync(join(directory, 'mine.txt'), 'precious');
  const before = readdirSync(directory).toSorted();
  for (const [name, problem] of [
    ['chimera.db', 'belongs to the database itself'],
    ['chimera.db-wal', 'belongs to the database itself'],
    ['mine.txt', 'exists; name a new file'],
    ['folder', 'is a directory; name a new file in it'],
    ['no/where.db', 'is in no directory that exists'],
    ['new/', 'cannot be made ('],
    ['x'.repeat(300), 'cannot be made (name too long, ENAMETOOLONG); name another file'],
    ['no\0where.db', 'holds a NUL'],
  ] as const) {
    const refused = backUp(`${directory}/${name}`, parts);
    await expect(refused).rejects.toThrow(problem);
    await expect(refused).rejects.toMatchObject({ statusCode: 400, code: 'INVALID_BACKUP_PATH' });
  }
  expect(readdirSync(directory).toSorted()).toEqual(before);

  const full = Object.assign(new Error('database or disk is full'), { code: 'SQLITE_FULL' });
  const noRoom = { ...parts, store: { backup: () => Promise.reject(full) } };
  await expect(backUp(join(directory, 'new.db'), noRoom)).rejects.toMatchObject({
    statusCode: 507,
    message: expect.stringContaining('has no room for the copy') as string,
  });
});
