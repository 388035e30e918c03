import { pino } from 'pino';
import { expect, test } from 'vitest';
import { WorkEstimates } from '../src/control/work-estimates.ts';
import { smallDaemon, workflowOf } from './small-daemon.ts';

const log = pino({ level: 'silent' });
const twoPhases = workflowOf([
  { name: 'plan', stage: 'planning', agent: 'worker', timeout: '10s' },
  { name: 'do', stage: 'implementation', agent: 'worker', timeout: '10s' },
]);

/** One slot; both phases of a workflow take `ms.each`. */
async function work() {
  const ms = { each: 300 };
  const daemon = await smallDaemon({
    size: 1,
    agents: {
      worker: async () => {
        await new Promise<void>((resolve) => daemon.clock.setTimer(resolve, ms.each));
        return { output: null };
      },
    },
  });
  daemon.pool.start();
  return { ...daemon, ms };
}

test('work is expected to keep a slot as long as nine in ten of its definition did, waits left out', async () => {
  const { advance, clock, ms, store, submit } = await work();
  const estimates = new WorkEstimates({ store, clock, log });
  // All at once in one slot: the last waits longest.
  const ids: string[] = [];
  for (let n = 0; n < 5; n += 1) ids.push(await submit(twoPhases));
  await advance(5_000);
  for (const id of ids) {
    expect(estimates.of('test')).toBeUndefined();
    const record = await store.get(id);
    expect(record?.state.status).toBe('completed');
    if (record !== undefined) await estimates.observe(record);
    await clock.advance(100);
  }
  expect(estimates.of('test')).toBe(600);
  expect(estimates.of('other')).toBeUndefined();

  const restarted = new WorkEstimates({ store, clock, log });
  await restarted.load();
  expect(restarted.of('test')).toBe(600);

  ms.each = 1_000;
  const slow = await submit(twoPhases);
  await advance(5_000);
  const record = await store.get(slow);
  if (record !== undefined) await estimates.observe(record);
  expect(estimates.of('test')).toBe(2_000);
});

test('of a definition one completed workflow is read in 100 ms, and none that did not complete', async () => {
  const { advance, clock, store, submit } = await work();
  const ids = [await submit(twoPhases), await submit(twoPhases)];
  await advance(3_000);
  const reads: string[] = [];
  const estimates = new WorkEstimates({
    clock,
    log,
    store: {
      list: (filter) => store.list(filter),
      phaseRuns: (id) => {
        reads.push(id);
        return store.phaseRuns(id);
      },
    },
  });
  for (const id of ids) {
    const record = await store.get(id);
    if (record !== undefined) await estimates.observe(record);
  }
  const queued = await store.get(await submit(twoPhases));
  await clock.advance(0);
  if (queued !== undefined) await estimates.observe(queued);
  expect(reads).toEqual([ids[0]]);
});

test('a start learns from what can be read, and is not kept from it by the rest', async () => {
  const { advance, clock, store, submit } = await work();
  for (let n = 0; n < 6; n += 1) await submit(twoPhases);
  await advance(6_000);
  await store.db
    .updateTable('workflow_events')
    .set({ data: '{' })
    .where('type', '=', 'claimed')
    .where('workflow_key', '=', 1)
    .execute();
  const estimates = new WorkEstimates({ store, clock, log });
  await estimates.load();
  expect(estimates.of('test')).toBe(600);
});
