import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seededRandom, VirtualClock } from '@chimera/policy';
import {
  type Claim,
  openWorkflowStore,
  type WorkflowRecord,
  type WorkflowStore,
} from '@chimera/workflow-store';
import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import { childrenOutcome } from '../src/executor-pool/children-outcome.ts';
import { recordOutcome } from '../src/executor-pool/record-outcome.ts';
import { smallDaemon, workflowOf } from './small-daemon.ts';

const one = { stage: 'implementation', timeout: '1h' } as const;
const change = workflowOf([{ ...one, name: 'change', agent: 'coder' }], 'change');
const wide = (count: number, more = {}) =>
  workflowOf(
    [
      {
        ...one,
        name: 'changes',
        children: {
          forEach: Array.from({ length: count }, (_, n) => n),
          start: [{ workflow: 'change', inputFrom: { n: '/item' } }],
          ...more,
        },
      },
    ],
    'wide',
  );

const log = pino({ level: 'silent' });
const clock = new VirtualClock(Date.UTC(2026, 0, 1));
const newPath = () => join(mkdtempSync(join(tmpdir(), 'chimera-steps-')), 'chimera.db');
const open = (path: string) => openWorkflowStore({ path, durability: 'crash' }, { clock });

async function claimParent(store: WorkflowStore): Promise<Claim> {
  const [claim] = await store.claim({
    holder: 'h',
    leaseMs: 60_000,
    limit: 1,
    choose: (candidates) =>
      candidates.filter(({ definition }) => definition === 'wide').map(({ id }) => id),
  });
  if (claim === undefined) throw new Error('the parent is not claimable');
  return claim;
}

/** Starts the children as the pool does; `before` runs ahead of each write. */
async function startChildren(
  store: WorkflowStore,
  claim: Claim,
  before: (call: number) => Promise<unknown> = () => Promise.resolve(),
  onOthers: (records: readonly WorkflowRecord[]) => Promise<void> = () => Promise.resolve(),
): Promise<WorkflowRecord | undefined> {
  const phase = claim.definition.phases[0];
  if (phase?.children === undefined) throw new Error('no children');
  const { children } = phase;
  let calls = 0;
  const watched: WorkflowStore = Object.create(store, {
    apply: {
      value: async (request: Parameters<WorkflowStore['apply']>[0]) => {
        await before((calls += 1));
        return store.apply(request);
      },
    },
  });
  const deps = {
    store: { children: (id: string, fork: string) => store.children(id, fork) },
    newChild: ({ input }: { readonly input: WorkflowRecord['input'] }) => ({
      definition: change,
      input,
      priority: 5,
    }),
  };
  const stored = await recordOutcome(
    { store: watched, clock, random: seededRandom(1), log, onOthers },
    claim,
    (current) => childrenOutcome(current, phase, children, clock.now(), deps),
    new AbortController().signal,
  );
  return stored?.record;
}

const numbers = (children: readonly WorkflowRecord[]) => children.map(({ input }) => input.n);
const upTo = (count: number) => Array.from({ length: count }, (_, n) => n);

describe('150 children', () => {
  test.each([0, 1, 2, 3])(
    'are all started, each once, when the daemon is killed after %i of the three transactions',
    async (survived) => {
      const path = newPath();
      const store = await open(path);
      const [submitted] = await store.submit([{ definition: wide(150), input: {}, priority: 5 }]);
      const id = submitted?.id ?? '';
      const killed = Promise.withResolvers<void>();
      const starting = startChildren(store, await claimParent(store), (call) => {
        if (call <= survived) return Promise.resolve();
        killed.resolve();
        return new Promise(() => undefined);
      });
      await Promise.race([killed.promise, starting]);
      const before = await store.children(id, '0:changes:1');
      expect(before).toHaveLength([0, 64, 128, 150][survived] ?? -1);
      await store.close();
      const again = await open(path);
      await again.recover({ deadHolders: () => true, now: clock.now() });
      if (survived < 3) await startChildren(again, await claimParent(again));
      expect(numbers(await again.children(id, '0:changes:1'))).toEqual(upTo(150));
      expect((await again.get(id))?.state).toMatchObject({
        status: 'waiting',
        reason: { kind: 'children', pending: 150 },
      });
      expect((await again.counts()).queued).toBe(150);
      await again.close();
    },
  );

  test('are told of as they are added, so that the first run while the rest is written', async () => {
    const store = await open(newPath());
    await store.submit([{ definition: wide(150), input: {}, priority: 5 }]);
    const told: number[] = [];
    const toldBefore: number[] = [];
    await startChildren(
      store,
      await claimParent(store),
      async () => void toldBefore.push(told.length),
      async (records) => void told.push(...records.map(({ input }) => Number(input.n))),
    );
    expect(toldBefore).toEqual([0, 64, 128]);
    expect(told).toEqual(upTo(150));
    await store.close();
  });

  test.each([1, 2, 3])(
    'are no more than those of the transactions before the cancellation, which is ahead of the %i.',
    async (ahead) => {
      const store = await open(newPath());
      const [submitted] = await store.submit([{ definition: wide(150), input: {}, priority: 5 }]);
      const workflowId = submitted?.id ?? '';
      const event = { type: 'cancel-requested', at: clock.now(), reason: 'enough' } as const;
      const record = await startChildren(store, await claimParent(store), (call) =>
        call === ahead ? store.apply({ workflowId, event }) : Promise.resolve(),
      );
      expect(record?.state.status).toBe('cancelled');
      const children = await store.children(workflowId, '0:changes:1');
      expect(children).toHaveLength([0, 64, 128][ahead - 1] ?? -1);
      expect(new Set(children.map(({ state }) => state.status))).toEqual(
        new Set(ahead === 1 ? [] : ['cancelled']),
      );
      await store.close();
    },
  );
});

test('a pool runs children in steps to their join, with what each left in order', async () => {
  const daemon = await smallDaemon({
    size: 8,
    definitions: [change],
    agents: { coder: ({ input }) => input.n ?? null },
  });
  daemon.pool.start();
  const id = await daemon.submit(wide(150, { maxParallel: 4 }));
  for (let round = 0; round < 20; round += 1) await daemon.advance(1_000);
  const { artifacts, status } = await daemon.state(id);
  expect(status).toBe('completed');
  const output = artifacts[0]?.output as readonly { readonly output: number }[];
  expect(output.map((each) => each.output)).toEqual(upTo(150));
});

test('children whose parent ends where its lease expires are ended where they run', async () => {
  const daemon = await smallDaemon({
    definitions: [change],
    agents: {
      coder: (_request, { signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason as Error));
        }),
    },
  });
  const workflowId = await daemon.submit(wide(150));
  const hanging = Promise.withResolvers<void>();
  void startChildren(daemon.store, await claimParent(daemon.store), (call) => {
    if (call === 1) return Promise.resolve();
    hanging.resolve();
    return new Promise(() => undefined);
  });
  await hanging.promise;
  daemon.pool.start();
  await daemon.advance(1_000);
  const statuses = async () => {
    const children = await daemon.store.children(workflowId, '0:changes:1');
    return new Set(children.map(({ state }) => state.status));
  };
  expect(await statuses()).toEqual(new Set(['running', 'queued']));
  const event = { type: 'cancel-requested', at: daemon.clock.now(), reason: 'enough' } as const;
  await daemon.store.apply({ workflowId, event });
  expect((await daemon.state(workflowId)).status).toBe('running');
  await daemon.advance(70_000);
  expect((await daemon.state(workflowId)).status).toBe('cancelled');
  expect(await statuses()).toEqual(new Set(['cancelled']));
  expect(daemon.warnings).toContain('its lease expired; it is cancelled');
});
