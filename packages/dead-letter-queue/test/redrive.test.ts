import { getEventListeners } from 'node:events';
import { VirtualClock } from '@chimera/policy';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DeadLetterQueue, redrive, type RedriveReport } from '@chimera/dead-letter-queue';
import { type JobTables, openSqlite, type TestDatabase } from './databases.ts';

let database: TestDatabase;
let clock: VirtualClock;
let queue: DeadLetterQueue<JobTables>;
/** Tasks that were enqueued, with the instant, in order. */
let enqueued: (readonly [taskId: string, at: number])[];

beforeAll(async () => {
  database = await openSqlite();
});
afterAll(() => database.close());
beforeEach(async () => {
  clock = new VirtualClock(1_000);
  let ids = 0;
  const newId = () => `d${String((ids += 1)).padStart(3, '0')}`;
  queue = new DeadLetterQueue(database.db, { maxReplays: 3 }, { clock, newId });
  await queue.migrate();
  await sql`delete from dead_letters`.execute(database.db);
  enqueued = [];
});

const enqueue = async ({ taskId }: { readonly taskId: string }) => {
  enqueued.push([taskId, clock.now()]);
};

async function bury(count: number, phase = 'code'): Promise<void> {
  for (let n = 1; n <= count; n += 1) await queue.add({ taskId: `t${n}`, error: 'boom', phase });
}

/** Lets the redrive run to its end in virtual time. */
async function settled(running: Promise<RedriveReport>): Promise<RedriveReport> {
  const over: RedriveReport[] = [];
  const finish = running.then((report) => over.push(report));
  while (over.length === 0) await Promise.race([finish, clock.advance(1_000)]);
  return running;
}

const started = (options: Parameters<typeof redrive>[3] = {}, filter = {}) =>
  redrive(queue, filter, enqueue, { observe: '10s', ...options }, { clock });

const allOfThem = async (ids: readonly string[]) => ids;

describe('a redrive', () => {
  it('requeues one, then ten, then the others in batches, each step watched', async () => {
    await bury(20);
    const steps: number[] = [];
    const onStep = ({ requeued }: RedriveReport) => steps.push(requeued.length);
    const report = await settled(started({ batchSize: 5, onStep }));
    expect(report).toMatchObject({ outcome: 'finished', returned: [], skipped: [] });
    expect(report.requeued).toHaveLength(20);
    expect(steps).toEqual([1, 11, 16, 20]);
    const instants = [...new Set(enqueued.map(([, at]) => at))];
    expect(instants).toHaveLength(4);
    for (const [index, at] of instants.slice(1).entries())
      expect(at - (instants[index] ?? 0)).toBeGreaterThanOrEqual(10_000);
    expect(await queue.counts()).toMatchObject({ open: 0, requeued: 20 });
  });

  it('stops when the canary dies again, and leaves the others', async () => {
    await bury(5);
    const running = started();
    while (enqueued.length === 0) await clock.advance(1);
    await queue.add({ taskId: 't5', error: 'boom' });
    expect(await settled(running)).toEqual({
      outcome: 'failures-returned',
      requeued: ['d005'],
      returned: ['d006'],
      underWay: [],
      skipped: [],
    });
    expect(enqueued.map(([taskId]) => taskId)).toEqual(['t5']);
    expect(await queue.counts()).toMatchObject({ open: 5, requeued: 1 });
  });

  it('stops as soon as more have died again than are tolerated, and says who is still under way', async () => {
    await bury(15);
    const begin = clock.now();
    const isUnderWay = new Set(['d014', 'd015']);
    const underWay = async (ids: readonly string[]) => ids.filter((id) => isUnderWay.has(id));
    const running = started({ canary: [2], observe: '1h', underWay });
    while (enqueued.length < 2) await clock.advance(1);
    isUnderWay.delete('d015');
    await queue.add({ taskId: 't15', error: 'boom' });
    expect(await settled(running)).toMatchObject({
      outcome: 'failures-returned',
      requeued: ['d015', 'd014'],
      returned: ['d016'],
      underWay: ['d014'],
    });
    expect(clock.now() - begin).toBeLessThan(5_000);
  });

  it('goes on while no more return than are tolerated', async () => {
    await bury(3);
    const running = started({ tolerate: 1 });
    while (enqueued.length === 0) await clock.advance(1);
    await queue.add({ taskId: 't3', error: 'boom' });
    expect(await settled(running)).toMatchObject({ outcome: 'finished', returned: ['d004'] });
    expect(await queue.counts()).toMatchObject({ open: 1, requeued: 3 });
  });

  it('takes only what matches, and what has died by now', async () => {
    await bury(2);
    await bury(1, 'plan');
    await queue.add({ taskId: 't9', error: 'boom', phase: 'code', failedAt: 1_001 });
    const report = await settled(started({}, { phase: 'code' }));
    expect(report.requeued).toEqual(['d002', 'd001']);
  });

  it('skips what cannot be requeued, and says why', async () => {
    await bury(3);
    const running = started({ canary: [1], maxReplays: 1 });
    while (enqueued.length === 0) await clock.advance(1);
    await queue.discard('d002');
    await database.db
      .$extendTables<{ dead_letters: { id: string; replays: number } }>()
      .updateTable('dead_letters')
      .set({ replays: 1 })
      .where('id', '=', 'd001')
      .execute();
    expect(await settled(running)).toMatchObject({
      outcome: 'finished',
      requeued: ['d003'],
      skipped: [
        { id: 'd002', code: 'DEAD_LETTER_NOT_OPEN' },
        { id: 'd001', code: 'DEAD_LETTER_REPLAYS_EXHAUSTED' },
      ],
    });
  });

  it('does not requeue what comes back while it works, be it in the same millisecond', async () => {
    await bury(60);
    const back = new DeadLetterQueue(database.db, {}, { clock });
    const report = await settled(
      redrive(
        queue,
        {},
        // Random ids: some of them sort behind the cursor of the page that is being worked on.
        async ({ taskId }, transaction) => {
          await back.add({ taskId, error: 'boom' }, transaction);
        },
        { canary: [60], tolerate: 60 },
        { clock },
      ),
    );
    expect(report.requeued).toHaveLength(60);
    expect(await queue.counts()).toMatchObject({ open: 60, requeued: 60 });
  });

  it('reports what cannot be read', async () => {
    await bury(2);
    await sql`update dead_letters set error = 'x' where id = 'd002'`.execute(database.db);
    expect(await settled(started())).toMatchObject({
      requeued: ['d001'],
      skipped: [{ id: 'd002', code: 'DEAD_LETTER_UNREADABLE' }],
    });
  });

  it('stops listening to its signal when it is over', async () => {
    await bury(3);
    const { signal } = new AbortController();
    await settled(started({ signal }));
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  it('stops before the next requeue when it is aborted', async () => {
    await bury(3);
    const controller = new AbortController();
    const running = started({ signal: controller.signal });
    while (enqueued.length === 0) await clock.advance(1);
    controller.abort();
    expect(await settled(running)).toMatchObject({ outcome: 'aborted', requeued: ['d003'] });
    expect(clock.pendingTimers).toBe(0);
  });

  it('rejects with what enqueue throws, its entry still open', async () => {
    await bury(1);
    const down = new Error('queue is down');
    const failing = redrive(queue, {}, () => Promise.reject(down), {}, { clock });
    await expect(failing).rejects.toBe(down);
    expect(await queue.counts()).toMatchObject({ open: 1 });
  });

  it('of nothing is finished at once', async () => {
    expect(await started()).toEqual({
      outcome: 'finished',
      requeued: [],
      returned: [],
      underWay: [],
      skipped: [],
    });
  });

  it('holds the next step back until all of this one was tried, and says so at once', async () => {
    await bury(3);
    const parked = new Set(['d003', 'd001']);
    const asked: (readonly string[])[] = [];
    const underWay = async (ids: readonly string[]) => {
      asked.push(ids);
      return ids.filter((id) => parked.has(id));
    };
    const told: RedriveReport[] = [];
    const onProgress = (report: RedriveReport) => told.push(report);
    const running = started({ canary: [1], underWay, onProgress });
    while (enqueued.length === 0) await clock.advance(1);
    expect(told).toMatchObject([{ requeued: ['d003'], underWay: ['d003'] }]);
    await clock.advance(60_000);
    expect(enqueued).toHaveLength(1);
    parked.delete('d003');
    while (enqueued.length === 1) await clock.advance(1_000);
    await clock.advance(20_000);
    parked.clear();
    expect(await settled(running)).toMatchObject({
      outcome: 'finished',
      requeued: ['d003', 'd002', 'd001'],
      underWay: [],
    });
    // What was tried is not asked about again.
    expect(asked.slice(-1)).toEqual([['d001']]);
  });

  it('stalls when a step is not tried in time, the last one too', async () => {
    await bury(1);
    const from = clock.now();
    expect(await settled(started({ underWay: allOfThem, settleWithin: '5m' }))).toMatchObject({
      outcome: 'stalled',
      requeued: ['d001'],
      underWay: ['d001'],
    });
    expect(clock.now() - from).toBeGreaterThanOrEqual(310_000);
    expect(clock.pendingTimers).toBe(0);
  });

  it('does not wait for the others of a step whose failures return', async () => {
    await bury(2);
    const running = started({ canary: [2], underWay: async () => ['d001'] });
    while (enqueued.length < 2) await clock.advance(1);
    await queue.add({ taskId: 't2', error: 'boom' });
    const from = clock.now();
    expect(await settled(running)).toMatchObject({ outcome: 'failures-returned' });
    expect(clock.now() - from).toBeLessThan(20_000);
  });

  it('is aborted while it waits for its last step', async () => {
    await bury(1);
    const controller = new AbortController();
    const running = started({ underWay: allOfThem, signal: controller.signal });
    while (enqueued.length === 0) await clock.advance(1);
    await clock.advance(30_000);
    controller.abort();
    expect(await settled(running)).toMatchObject({ outcome: 'aborted', underWay: ['d001'] });
    expect(clock.pendingTimers).toBe(0);
  });

  it('refuses steps of nothing', async () => {
    await expect(started({ canary: [0] })).rejects.toThrow(
      'redrive: canary must be an integer >= 1, got 0',
    );
  });
});
