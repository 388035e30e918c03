import { type Random, seededRandom } from '@chimera/policy';
import { expect, test } from 'vitest';
import type { Claim, NewWorkflow, WorkflowStore } from '../src/index.ts';
import { laterWriter } from './later-writer.ts';
import { bestFirst, keysOfNaiveScore } from './naive-score.ts';
import {
  claimUpTo,
  newWorkflow,
  startsAt,
  temporaryPath,
  temporaryStore,
} from './temporary-store.ts';

const minute = 60_000;

interface Waiting {
  readonly id: string;
  readonly priority: number;
  readonly queuedAt: number;
  readonly estimateMs: number;
  readonly labels: Readonly<Record<string, string>>;
}

/** Workflows of so many agents, all equally many, may be had; and the most that a claim then asks for. */
const able = [
  { agents: 6, most: 40 },
  { agents: 3, most: 12 },
  { agents: 1, most: 3 },
] as const;

/** What a claim reads depends on all that varies here; whom it takes does not. */
test.for([
  { who: 'its own connection writes', isElsewhere: false },
  { who: 'others write, and now and then fail', isElsewhere: true },
])(
  'a claim takes the best that are named, whatever is damaged, in memory or on its way: $who',
  async ({ isElsewhere }) => {
    const random = seededRandom(17);
    const path = temporaryPath();
    let waiting = await damagedQueue(path, random);
    const damaged: unknown[] = [];
    const { clock, store } = await temporaryStore(
      { path, claimKeys: keysOfNaiveScore, onCorruptRow: (error) => damaged.push(error) },
      isElsewhere ? { batchWriter: laterWriter(5) } : {},
    );
    await clock.advance(90 * minute);
    let running: readonly Claim[] = [];
    for (let burst = 0; burst < 120; burst += 1) {
      const [now, isBusy] = [clock.now(), burst % 2 === 1];
      const { agents, most } = able[burst % 3] ?? able[0];
      const isNamed = ({ labels = {} }: { readonly labels?: Waiting['labels'] }) =>
        Number(labels['agent']) < agents;
      const limit = 1 + Math.floor(random() * most);
      const come = Array.from({ length: Math.floor(random() * 8) }, () => anyWorkflow(random));
      const submits = come.map((workflow) => store.submit([workflow]));
      const ends = running.map((claim) => succeeded(store, claim, now));
      const claiming = store.claim({
        holder: 'h1',
        leaseMs: 90 * minute,
        limit,
        choose: (candidates) =>
          bestFirst(candidates.filter(isNamed), now, isBusy).map(({ id }) => id),
      });
      const [submitted, ended, claims] = await Promise.all([
        Promise.all(submits),
        Promise.all(ends),
        claiming,
      ]);
      for (const [index, workflow] of come.entries())
        waiting.push(waitingOf(submitted[index]?.[0]?.id ?? '', workflow, now));
      waiting.push(...ended.filter((one) => one !== undefined));
      // Among equals, the one that came first: ids tell.
      waiting.sort((left, right) => (left.id < right.id ? -1 : 1));
      const best = bestFirst(waiting.filter(isNamed), now, isBusy).slice(0, limit);
      const claimed = claims.map(({ record }) => record.id);
      expect(claimed).toEqual(best.map(({ id }) => id));
      waiting = waiting.filter(({ id }) => !claimed.includes(id));
      running = claims;
      await clock.advance(Math.floor(random() * minute));
    }
    expect(damaged.length).toBeGreaterThan(10);
    expect(waiting.length).toBeGreaterThan(100);
  },
);

test('work in progress of low priority keeps nobody more urgent from being read', async () => {
  const { clock, store } = await temporaryStore();
  await store.submit(Array.from({ length: 30 }, () => newWorkflow({ priority: 1 })));
  const running = await claimUpTo(store, 30);
  await store.submit(Array.from({ length: 100 }, () => newWorkflow({ priority: 9 })));
  // All are of one commit, and what ends a phase in it could be claimed in it.
  const ends = running.map((claim) => succeeded(store, claim, clock.now()));
  const claims = await claimUpTo(store, 40);
  await Promise.all(ends);
  expect(claims.map(({ record }) => record.priority)).toEqual(Array(40).fill(9));
});

test('damaged rows at the front keep nobody behind them from being read', async () => {
  const path = temporaryPath();
  const { store: before } = await temporaryStore({ path });
  await before.submit(Array.from({ length: 9 }, () => newWorkflow({ priority: 9 })));
  await before.db.updateTable('workflows').set({ labels: '{' }).execute();
  await before.submit(Array.from({ length: 20 }, () => newWorkflow({ priority: 8 })));
  await before.close();
  const { store } = await temporaryStore({ path, onCorruptRow: () => undefined });
  const [, claims] = await Promise.all([
    store.submit([newWorkflow({ priority: 1 })]),
    claimUpTo(store, 1),
  ]);
  expect(claims.map(({ record }) => record.priority)).toEqual([8]);
});

test('a damaged row that a claim has come by stands aside for the next', async () => {
  const path = temporaryPath();
  const { store: before } = await temporaryStore({ path });
  await before.submit([newWorkflow()]);
  await before.db.updateTable('workflows').set({ state: '{' }).execute();
  await before.close();
  const damaged: unknown[] = [];
  const onCorruptRow = (error: unknown) => damaged.push(error);
  const { clock, store } = await temporaryStore({ path, onCorruptRow });
  for (let claim = 0; claim < 3; claim += 1) expect(await claimUpTo(store, 1)).toEqual([]);
  expect(damaged).toHaveLength(1);
  await clock.advance(minute);
  expect(await claimUpTo(store, 1)).toEqual([]);
  expect(damaged).toHaveLength(2);
});

test('those that are not named keep nobody behind them from being claimed, up to twice as many as are wanted', async () => {
  const path = temporaryPath();
  const { store: before } = await temporaryStore({ path });
  const workflows = Array.from({ length: 300 }, (_, index) =>
    newWorkflow({ labels: { agent: index % 2 === 0 ? 'away' : 'here' } }),
  );
  await before.submit(workflows);
  await before.close();
  const { store } = await temporaryStore({ path });
  const claims = await store.claim({
    holder: 'h1',
    leaseMs: minute,
    limit: 100,
    choose: (candidates) =>
      candidates.filter(({ labels }) => labels?.['agent'] === 'here').map(({ id }) => id),
  });
  expect(claims).toHaveLength(100);
});

/** Many wait in it, some short, some long; one in twenty cannot be read and is not returned. */
async function damagedQueue(path: string, random: Random): Promise<Waiting[]> {
  const { clock, store } = await temporaryStore({ path, claimKeys: keysOfNaiveScore });
  const waiting: Waiting[] = [];
  for (let batch = 0; batch < 60; batch += 1) {
    const workflows = Array.from({ length: 25 }, () => anyWorkflow(random));
    for (const [index, { id }] of (await store.submit(workflows)).entries()) {
      const workflow = workflows[index];
      if (random() < 0.05) {
        await store.db.updateTable('workflows').set({ labels: '{' }).where('id', '=', id).execute();
      } else if (workflow !== undefined) waiting.push(waitingOf(id, workflow, clock.now()));
    }
    await clock.advance(Math.floor(random() * 3 * minute));
  }
  expect(clock.now() - startsAt).toBeLessThan(180 * minute);
  await store.close();
  return waiting;
}

function anyWorkflow(random: Random): NewWorkflow {
  return newWorkflow({
    priority: Math.floor(random() * 11),
    estimateMs: random() < 0.1 ? 5_000 : 10 * minute,
    labels: { agent: `${Math.floor(random() * 6)}` },
  });
}

/** As it waits for its next phase; undefined when that was its last. */
async function succeeded(
  store: WorkflowStore,
  { record, token }: Claim,
  at: number,
): Promise<Waiting | undefined> {
  const event = { type: 'phase-succeeded', at, output: 'done' } as const;
  const applied = await store.apply({ workflowId: record.id, token, event });
  if (applied?.record.state.status !== 'queued') return undefined;
  return waitingOf(record.id, record, record.createdAt);
}

function waitingOf(
  id: string,
  {
    estimateMs = 0,
    labels = {},
    priority,
  }: Pick<NewWorkflow, 'estimateMs' | 'labels' | 'priority'>,
  queuedAt: number,
): Waiting {
  return { id, priority, estimateMs, labels, queuedAt };
}
