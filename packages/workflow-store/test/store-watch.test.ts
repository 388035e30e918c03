import { defineWorkflow } from '@chimera/workflow';
import { expect, test } from 'vitest';
import type { StoreCommit, StoreWatch } from '../src/index.ts';
import {
  claimOne,
  claimUpTo,
  newWorkflow,
  startsAt as at,
  submitOne,
  temporaryStore,
} from './temporary-store.ts';

/** A store and all that its watch was told, in words. */
async function watchedStore() {
  const told: unknown[][] = [];
  const watch: StoreWatch = {
    submitted: (workflows, submitted) => told.push(['submitted', workflows.length, ...submitted]),
    claimed: (claims) => told.push(['claimed', ...claims.map(({ record }) => record.id)]),
    applied: ({ event }, applied) =>
      told.push([event.type, applied?.record.state.status, applied?.others.length]),
    recovered: (recovered) =>
      told.push(['recovered', ...recovered.map(({ record }) => record.state.status)]),
    refused: (error) => told.push(['refused', (error as Error).name]),
  };
  return { ...(await temporaryStore({ watch })), told };
}

test('a watch hears of what was written, before whoever asked for it', async () => {
  const { store, told } = await watchedStore();
  const id = await submitOne(store);
  expect(told).toEqual([['submitted', 1, { id, created: true }]]);
  expect(await claimUpTo(store, 1)).toHaveLength(1);
  expect(await claimUpTo(store, 1)).toEqual([]);
  expect(told.splice(0)).toEqual([
    ['submitted', 1, { id, created: true }],
    ['claimed', id],
  ]);
  const event = { type: 'phase-succeeded', at, output: null } as const;
  await store.apply({ workflowId: id, token: 1, event });
  await store.apply({ workflowId: id, token: 1, event });
  await expect(store.apply({ workflowId: 'nobody', event })).rejects.toThrow('nobody');
  expect(told).toEqual([
    ['phase-succeeded', 'queued', 0],
    ['phase-succeeded', undefined, undefined],
    ['refused', 'StoreError'],
  ]);
});

test('a watch hears of a parent that moved because a crash ended its child', async () => {
  const work = { name: 'work', stage: 'implementation', agent: 'a', timeout: '1m' } as const;
  const leaf = defineWorkflow({ name: 'leaf', phases: [work] });
  const start = [{ workflow: 'leaf' }];
  const fan = { name: 'fan', stage: 'implementation', timeout: '1h' } as const;
  const parent = defineWorkflow({
    name: 'parent',
    phases: [{ ...fan, children: { forEach: '/input/list', start } }],
  });
  const moved: string[][] = [];
  const watch: StoreWatch = {
    recovered: (recovered) =>
      moved.push(
        ...recovered.map(({ others, record }) =>
          [record, ...others].map(({ definition, state }) => `${definition} ${state.status}`),
        ),
      ),
  };
  const { store } = await temporaryStore({ watch });
  const workflowId = await submitOne(store, { definition: parent });
  const { token } = await claimOne(store);
  const event = { type: 'children-started', at, count: 1 } as const;
  const children = [newWorkflow({ definition: leaf })];
  await store.apply({ workflowId, token, event, children });
  while (moved.at(-1)?.[0] !== 'leaf dead') {
    await claimOne(store, 'dead');
    const recovered = await store.recover({ deadHolders: () => true, now: at });
    const all = recovered.flatMap(({ others, record }) => [record, ...others]);
    expect(all.map(({ definition, state }) => `${definition} ${state.status}`)).toEqual(
      moved.at(-1),
    );
  }
  expect(moved[0]).toEqual(['leaf queued']);
  expect(moved.at(-1)).toEqual(['leaf dead', 'parent queued']);
});

test('a commit names the events that it wrote', async () => {
  const commits: StoreCommit[] = [];
  const { store } = await temporaryStore({ onCommit: (commit) => commits.push(commit) });
  await Promise.all([submitOne(store), submitOne(store)]);
  await claimOne(store);
  const events = await store.events({ limit: 10 });
  expect(events.map(({ type }) => type)).toEqual(['submitted', 'submitted', 'claimed']);
  const seqs = events.map(({ seq }) => seq);
  expect(
    commits.map(({ eventsAfter, lastEvent, operations }) => [
      operations,
      seqs.filter((seq) => seq > eventsAfter && seq <= lastEvent),
    ]),
  ).toEqual([
    [2, seqs.slice(0, 2)],
    [1, seqs.slice(2)],
  ]);
});

test('the event log names the instant before which a workflow was not to start', async () => {
  const { store } = await temporaryStore();
  await submitOne(store, { runAt: at + 5 });
  await submitOne(store);
  const events = await store.events({ limit: 10 });
  expect(events.map(({ data }) => data['runAt'])).toEqual([at + 5, undefined]);
});
