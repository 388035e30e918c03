import { describe, expect, test } from 'vitest';
import { readDemand } from '../src/control/demand.ts';
import { smallDaemon, workflowOf } from './small-daemon.ts';

const byPlanner = workflowOf([
  { name: 'plan', stage: 'planning', agent: 'planner', timeout: '10s' },
]);
const byTester = workflowOf(
  [{ name: 'test', stage: 'validation', agent: 'tester', timeout: '10s' }],
  'tests',
);
const byNobody = workflowOf(
  [
    {
      name: 'check',
      stage: 'validation',
      timeout: '10s',
      checks: [{ name: 'c', command: ['true'] }],
    },
  ],
  'checks',
);

/** A store with work in it, whose pool has not been started, and the demand while these agents refuse. */
async function waitingWork() {
  const daemon = await smallDaemon({ agents: {} });
  const { clock, store, submit } = daemon;
  const demand = (...ill: string[]) => readDemand({ store, refusing: () => new Set(ill) });
  return { clock, demand, store, submit };
}

describe('demand', () => {
  test('is all that is queued while no agent refuses', async () => {
    const { demand, submit } = await waitingWork();
    expect(await demand()).toEqual({ queued: 0 });
    await submit(byPlanner);
    await submit(byTester);
    expect(await demand()).toEqual({ queued: 2 });
  });

  test('leaves out the work of an agent that refuses: the rest may still make the pool grow', async () => {
    const { demand, submit } = await waitingWork();
    for (let n = 0; n < 5; n += 1) await submit(byPlanner);
    for (let n = 0; n < 2; n += 1) await submit(byTester);
    await submit(byNobody);
    expect(await demand('planner')).toEqual({ queued: 3 });
    expect(await demand('tester')).toEqual({ queued: 6 });
    expect(await demand('planner', 'tester')).toEqual({ queued: 1 });
  });

  test('blocks growth when only agents that refuse are wanted', async () => {
    const { demand, submit } = await waitingWork();
    await submit(byPlanner);
    expect(await demand('planner')).toMatchObject({
      queued: 0,
      blocked: expect.stringContaining('planner'),
    });
  });

  test('keeps the size for work that waits for such an agent', async () => {
    const { clock, demand, store } = await waitingWork();
    await store.submit([
      { definition: byPlanner, input: {}, priority: 5, runAt: clock.now() + 60_000 },
    ]);
    expect(await demand('planner')).toMatchObject({ queued: 0 });
    const id = (await store.list({ limit: 1 })).items[0]?.id ?? '';
    await clock.advance(60_000);
    const [claim] = await store.claim({
      holder: 'h',
      leaseMs: 1_000,
      limit: 1,
      choose: (candidates) => candidates.map((each) => each.id),
    });
    await store.apply({
      workflowId: id,
      ...(claim === undefined ? {} : { token: claim.token }),
      event: {
        type: 'parked',
        at: clock.now(),
        until: clock.now() + 60_000,
        reason: { kind: 'breaker-open', agent: 'planner' },
      },
    });
    expect((await store.depth()).waiting).toBe(1);
    expect(await demand('planner')).toMatchObject({ blocked: expect.any(String) });
  });

  test('of an ill agent that nobody wants blocks nothing', async () => {
    const { demand, submit } = await waitingWork();
    expect(await demand('planner')).toEqual({ queued: 0 });
    await submit(byTester);
    expect(await demand('planner')).toEqual({ queued: 1 });
  });
});

describe('work that a limit holds back is no demand', () => {
  const rules = [
    ['a key', { label: 'repository', concurrency: 3 }],
    ['an agent', { agent: 'planner', concurrency: 3 }],
    ['a rate', { agent: 'planner', rate: { starts: 3, perMs: 60_000 } }],
  ] as const;

  test.for(rules.flatMap(([name, limit]) => [2, 3, 4].map((size) => [name, size, limit] as const)))(
    'of %s, in a pool of %i slots',
    async ([, size, limit]) => {
      const { advance, pool, store, submit } = await smallDaemon({
        size,
        limits: [limit],
        agents: { planner: () => new Promise(() => {}) },
      });
      const demand = () => readDemand({ store, refusing: () => new Set() });
      for (let n = 0; n < 20; n += 1) await submit(byPlanner, { n }, 5, { repository: 'shop' });
      pool.start();
      await advance(10);
      expect(pool.running).toBe(Math.min(size, 3));
      // One more may start beside two that run; nobody beside three.
      const queued = 3 - pool.running;
      expect(await demand()).toEqual({ queued });
      const free = size - pool.running;
      await submit(byTester, {}, 5, { repository: 'other' });
      await submit(byNobody);
      expect(await demand()).toEqual({ queued: queued + 2 - free });
    },
  );
});
