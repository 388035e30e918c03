import { rmSync } from 'node:fs';
import * as fc from 'fast-check';
import type { WorkflowStatus } from '@chimera/workflow';
import { expect, test } from 'vitest';
import type { WorkflowStore } from '../src/index.ts';
import { type Call, history, make } from './store-calls.ts';
import { StoreModel } from './store-model.ts';
import { laterWriter, type LaterTally } from './later-writer.ts';
import { temporaryStore } from './temporary-store.ts';

async function expectSame(store: WorkflowStore, model: StoreModel): Promise<void> {
  const { items } = await store.list({ limit: 1_000 });
  const seen = items.map(({ id, lease, priority, runAt, state }) => ({
    id,
    lease,
    priority,
    runAt,
    state,
  }));
  const known = [...model.workflows.values()].map(({ id, lease, priority, runAt, state }) => ({
    id,
    lease,
    priority,
    runAt,
    state,
  }));
  expect(seen.toReversed()).toEqual(known);
}

const statuses: readonly WorkflowStatus[] = [
  'queued',
  'running',
  'waiting',
  'completed',
  'dead',
  'cancelled',
];

/** What is kept by counting along, against what is there to be counted. */
async function expectCounted(store: WorkflowStore, model: StoreModel): Promise<void> {
  const none = Object.fromEntries(statuses.map((status) => [status, 0]));
  const counts = none as Record<WorkflowStatus, number>;
  const rows = await store.db
    .selectFrom('workflows')
    .select(['id', 'status', 'run_at', 'is_short'])
    .orderBy('key', 'desc')
    .execute();
  for (const { status } of rows) counts[status] += 1;
  expect(await store.counts()).toEqual(counts);
  expect(rows).toHaveLength(model.workflows.size);
  const claimable = rows.filter(({ is_short }) => is_short !== null);
  const oldestQueuedAt = claimable.map(({ run_at }) => run_at).sort((a, b) => a - b)[0];
  const { queued, waiting } = counts;
  expect(await store.depth()).toEqual({
    queued,
    waiting,
    held: 0,
    ...(oldestQueuedAt === undefined ? {} : { oldestQueuedAt }),
  });
}

async function expectListed(store: WorkflowStore, model: StoreModel): Promise<void> {
  const all = [...model.workflows.values()].toReversed();
  for (const status of statuses) {
    const { items } = await store.list({ status, limit: 1_000 });
    const those = all.filter(({ state }) => state.status === status);
    expect(items.map(({ id }) => id)).toEqual(those.map(({ id }) => id));
  }
}

/** Laws of the whole history, from what the store wrote down. */
async function expectLawful(store: WorkflowStore, model: StoreModel): Promise<void> {
  const events = await store.events({ limit: 100_000 });
  expect(events).toHaveLength(model.stored);
  for (const { id, state, token } of model.workflows.values()) {
    const runs = await store.phaseRuns(id);
    expect(runs.map((run) => run.token)).toEqual(
      Array.from({ length: token }, (_, index) => index + 1),
    );
    const own = events.filter(({ workflowId }) => workflowId === id);
    expect(own.filter(({ type }) => type === 'claimed')).toHaveLength(token);
    // Each claim is ended once, by one event; the last is open while the workflow runs.
    const open = runs.filter(({ endedAt }) => endedAt === undefined);
    expect(open.map((run) => run.token)).toEqual(state.status === 'running' ? [token] : []);
    const overlaps = runs.filter(({ endedAt = 0 }, index) => {
      const next = runs[index + 1];
      return next !== undefined && endedAt > next.startedAt;
    });
    expect(overlaps).toEqual([]);
  }
}

/** A recovery looks first and then writes: it is compared on its own. */
function splitAtRecoveries(calls: readonly Call[]): readonly (readonly Call[])[] {
  const groups: Call[][] = [[]];
  for (const made of calls)
    if (made.call === 'recover') groups.push([made], []);
    else groups.at(-1)?.push(made);
  return groups;
}

test.for([
  { who: 'its own connection writes', isElsewhere: false },
  { who: 'others write, and now and then fail', isElsewhere: true },
])(
  'any history of calls, made in bursts, leaves the store where the pure machine is: $who',
  async ({ isElsewhere }) => {
    const tally: LaterTally = { written: 0, failed: 0 };
    await fc.assert(
      fc.asyncProperty(history, fc.nat(), async (bursts, seed) => {
        const deps = isElsewhere ? { batchWriter: laterWriter(seed, tally) } : {};
        const { clock, path, store } = await temporaryStore({}, deps);
        const model = new StoreModel();
        for (const { calls, passMs } of bursts) {
          await clock.advance(passMs);
          for (const together of splitAtRecoveries(calls)) {
            const checks = together.map((made) => make(made, store, model, clock));
            for (const check of checks) await check();
          }
          await expectSame(store, model);
          await expectCounted(store, model);
        }
        await expectLawful(store, model);
        await store.close();
        const { store: reopened } = await temporaryStore({ path });
        await expectSame(reopened, model);
        await expectCounted(reopened, model);
        await expectListed(reopened, model);
        await reopened.close();
        rmSync(path);
      }),
      { numRuns: 40 },
    );
    if (!isElsewhere) return;
    expect(tally.written).toBeGreaterThan(40);
    expect(tally.failed).toBeGreaterThan(10);
  },
);
