import { StoreError, type StoreWatch, type WorkflowStore } from '@chimera/workflow-store';
import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import { PauseKeeper } from '../src/executor-pool/pause-keeper.ts';
import { WriteWatch } from '../src/health/write-watch.ts';
import { StoreWatchers } from '../src/telemetry/store-watchers.ts';
import { smallDaemon, threePhases } from './small-daemon.ts';

/** Real refusals of SQLite on the daemon's own connection. */
async function pragma({ db }: WorkflowStore, setting: string): Promise<void> {
  const query = db.selectFrom('workflows').select('id').compile();
  await db.executeQuery({ ...query, sql: `pragma ${setting}` });
}

const fine = () => ({ done: true });
const longMs = 600_000;
const deadly = { code: 'E', message: 'e', retryable: false };

/** A planner that has a lot to say, and says it when it is told to. */
async function daemonWithPlanner(watch: StoreWatch = {}) {
  const says: ((output: string) => void)[] = [];
  const daemon = await smallDaemon({
    agents: {
      planner: () => new Promise<string>((resolve) => says.push(resolve)),
      implementer: fine,
      validator: fine,
    },
    leaseMs: 30_000,
    watch,
  });
  daemon.pool.start();
  const id = await daemon.submit(threePhases);
  await daemon.advance(5);
  return {
    calls: () => says.length,
    daemon,
    finish: () => says[0]?.('x'.repeat(100_000)),
    id,
  };
}

describe.each([
  ['a full disk', 'max_page_count = 1', 'max_page_count = 1000000'],
  ['a file that cannot be written', 'query_only = 1', 'query_only = 0'],
])('%s', (_what, broken, mended) => {
  test('keeps an outcome waiting for as long as it lasts, and the work is not done again', async () => {
    const { calls, daemon, finish, id } = await daemonWithPlanner();
    await pragma(daemon.store, broken);
    finish();
    await daemon.advance(longMs);
    expect(await daemon.state(id)).toMatchObject({ status: 'running', phase: 'plan' });
    expect(daemon.pool.running).toBe(0);
    await pragma(daemon.store, mended);
    await daemon.advance(10_000);
    expect((await daemon.state(id)).status).toBe('completed');
    expect(calls()).toBe(1);
  });

  test('does not hold up a stop, and the work is done again after the next start', async () => {
    const { calls, daemon, finish, id } = await daemonWithPlanner();
    await pragma(daemon.store, broken);
    finish();
    await daemon.advance(60_000);
    const stopped = daemon.pool.stop(10_000);
    await daemon.advance(11_000);
    expect(await stopped).toMatchObject({ cut: [] });
    await pragma(daemon.store, mended);
    const [recovered] = await daemon.store.recover({
      deadHolders: (holder) => holder === 'test',
      now: daemon.clock.now(),
    });
    expect(recovered?.record).toMatchObject({ id, state: { status: 'queued', phase: 'plan' } });
    expect(calls()).toBe(1);
  });

  test('lets a stop record in its grace period what it did not let before', async () => {
    const { daemon, finish, id } = await daemonWithPlanner();
    await pragma(daemon.store, broken);
    finish();
    await daemon.advance(60_000);
    const stopped = daemon.pool.stop(20_000);
    await pragma(daemon.store, mended);
    await daemon.advance(6_000);
    expect(await stopped).toMatchObject({ cut: [] });
    expect(await daemon.state(id)).toMatchObject({ status: 'queued', phase: 'implement' });
  });

  test('keeps a failed probe from being lost while what it needs cannot be read', async () => {
    let isIll = true;
    const daemon = await smallDaemon({
      size: 1,
      agents: {
        planner: () => (isIll ? Promise.reject(new Error('ill')) : Promise.resolve('well')),
        implementer: fine,
        validator: fine,
      },
    });
    const phaseRuns = daemon.store.phaseRuns.bind(daemon.store);
    daemon.pool.start();
    const id = await daemon.submit(threePhases);
    for (let n = 0; n < 4; n += 1) await daemon.submit(threePhases);
    await daemon.advance(50_000);
    expect(daemon.breakers.get('planner')?.status).toBe('open');
    const failing = new StoreError('STORE_IO_ERROR', daemon.path, 'cannot be read');
    let reads = 0;
    daemon.store.phaseRuns = () => {
      reads += 1;
      return Promise.reject(failing);
    };
    await daemon.advance(60_000);
    expect(reads).toBeGreaterThan(0);
    expect(daemon.pool.running).toBe(0);
    expect((await daemon.store.counts()).running).toBeGreaterThan(0);
    daemon.store.phaseRuns = phaseRuns;
    isIll = false;
    await daemon.advance(600_000);
    expect((await daemon.state(id)).recoveries).toBe(0);
    expect(await daemon.store.counts()).toMatchObject({ completed: 5 });
  });

  test('is what a dead letter hears of, too, in the same words as a workflow', async () => {
    const { daemon } = await daemonWithPlanner();
    const code = broken.startsWith('query_only') ? 'STORE_READ_ONLY' : 'STORE_FULL';
    await daemon.deadLetters.add({ taskId: 'w', workflowState: {}, error: deadly, retryCount: 0 });
    const [entry] = (await daemon.deadLetters.list({ limit: 1 })).items;
    await pragma(daemon.store, broken);
    const resolution = 'x'.repeat(100_000);
    await expect(daemon.deadLetters.resolve(entry?.id ?? '', { resolution })).rejects.toMatchObject(
      { name: 'StoreError', code },
    );
    await pragma(daemon.store, mended);
    await daemon.deadLetters.resolve(entry?.id ?? '', { resolution: 'it is well' });
  });
});

test('a database that takes no writes is told by the health, until one goes well', async () => {
  const watchers = new StoreWatchers();
  const { store } = (await daemonWithPlanner(watchers)).daemon;
  const writes = new WriteWatch(store);
  watchers.add({ refused: (error) => writes.refused(error) });
  expect(await writes.reason()).toBeNull();
  await pragma(store, 'query_only = 1');
  await expect(store.submit([{ definition: threePhases, input: {}, priority: 1 }])).rejects.toThrow(
    'chimera.db',
  );
  expect(await writes.reason()).toContain('cannot be written');
  expect(await writes.reason()).toContain('cannot be written');
  await pragma(store, 'query_only = 0');
  expect(await writes.reason()).toBeNull();
});

test('a pause that could not be ended is still one, and ends when the disk lets it', async () => {
  const { daemon } = await daemonWithPlanner();
  const { clock, pool, store } = daemon;
  const pause = new PauseKeeper({ store, pool, clock, log: pino({ level: 'silent' }) });
  await pause.pause('provider is down');
  await pragma(store, 'query_only = 1');
  await expect(pause.resume()).rejects.toMatchObject({ code: 'STORE_READ_ONLY' });
  expect([pause.current?.reason, pool.isPaused]).toEqual(['provider is down', true]);
  await pragma(store, 'query_only = 0');
  await pause.resume();
  expect([pause.current, pool.isPaused]).toEqual([null, false]);
  expect(await store.keptStates('executor-pool')).toMatchObject([{ name: 'pause', state: null }]);
});

test('a pause whose row is damaged is one, and ends when it is ended', async () => {
  const { daemon } = await daemonWithPlanner();
  const { clock, pool, store } = daemon;
  await store.keepStates([{ kind: 'executor-pool', name: 'pause', state: null }]);
  await store.db.updateTable('kept_states').set({ body: '{' }).execute();
  const pause = new PauseKeeper({ store, pool, clock, log: pino({ level: 'silent' }) });
  await pause.restore();
  expect([pause.current?.reason, pool.isPaused]).toEqual(['what was kept cannot be read', true]);
  await pause.resume();
  expect([pause.current, pool.isPaused]).toEqual([null, false]);
  expect(await store.keptStates('executor-pool')).toMatchObject([{ name: 'pause', state: null }]);
});

test('whoever pauses while a pause is being ended has the last word', async () => {
  const { daemon } = await daemonWithPlanner();
  const { clock, pool, store } = daemon;
  const pause = new PauseKeeper({ store, pool, clock, log: pino({ level: 'silent' }) });
  await pause.pause('first');
  await Promise.all([pause.resume(), pause.pause('second')]);
  expect([pause.current?.reason, pool.isPaused]).toEqual(['second', true]);
  expect(await store.keptStates('executor-pool')).toMatchObject([{ state: { reason: 'second' } }]);
});

test('what is kept of pauses is what was said last, whatever came while it was being kept', async () => {
  const { daemon } = await daemonWithPlanner();
  const { clock, pool, store } = daemon;
  const keeper = new PauseKeeper({ store, pool, clock, log: pino({ level: 'silent' }) });
  for (const words of ['pr', 'rp', 'rpr', 'prr', 'prp', 'pprr', 'rprp']) {
    const said = words
      .split('')
      .map((word) => (word === 'p' ? keeper.pause(words) : keeper.resume()));
    await Promise.all(said);
    const isPaused = words.endsWith('p');
    const kept = await store.keptStates('executor-pool');
    expect([words, pool.isPaused, keeper.current !== null]).toEqual([words, isPaused, isPaused]);
    expect(kept).toMatchObject([{ state: isPaused ? { reason: words } : null }]);
  }
});

test('a disk that hangs is told by the health, which does not wait for it', async () => {
  const hanging = { waitedMs: 4_999, writes: 0 };
  const writes = new WriteWatch({
    oldestWriteMs: () => hanging.waitedMs,
    keepStates: async () => void (hanging.writes += 1),
  });
  expect(await writes.reason()).toBeNull();
  hanging.waitedMs = 31_500;
  expect(await writes.reason()).toBe('writes have waited for the disk for 31 s');
  hanging.waitedMs = 0;
  expect(await writes.reason()).toBeNull();
  expect(hanging.writes).toBe(0);
});
