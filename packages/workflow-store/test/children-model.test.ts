import { copyFileSync, existsSync } from 'node:fs';
import type { VirtualClock } from '@chimera/policy';
import { defineWorkflow, forkOf, type WorkflowDefinition } from '@chimera/workflow';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Claim, NewWorkflow, WorkflowRecord, WorkflowStore } from '../src/index.ts';
import { claimUpTo, temporaryPath, temporaryStore } from './temporary-store.ts';

const phase = { stage: 'implementation', timeout: '1m' } as const;
const leaf = defineWorkflow({ name: 'leaf', phases: [{ ...phase, name: 'work', agent: 'a' }] });
const middle = defineWorkflow({
  name: 'middle',
  phases: [
    {
      ...phase,
      name: 'fan',
      children: { start: [{ workflow: 'leaf' }, { workflow: 'leaf' }], join: 'any' },
    },
  ],
});
const outer = defineWorkflow({
  name: 'outer',
  phases: [
    {
      ...phase,
      name: 'fan',
      onRejected: 'fan',
      maxVisits: 2,
      children: {
        start: [{ workflow: 'leaf' }, { workflow: 'middle' }, { workflow: 'leaf' }],
        join: { atLeast: 2 },
      },
    },
    { ...phase, name: 'close', agent: 'a' },
  ],
});
const definitions = new Map<string, WorkflowDefinition>(
  [leaf, middle, outer].map((definition) => [definition.name, definition]),
);

const call = fc.oneof(
  { weight: 1, arbitrary: fc.record({ do: fc.constant('submit' as const) }) },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('claim' as const),
      limit: fc.integer({ min: 1, max: 4 }),
    }),
  },
  {
    weight: 12,
    arbitrary: fc.record({
      do: fc.constant('end' as const),
      which: fc.nat(50),
      how: fc.constantFrom('succeeded' as const, 'succeeded' as const, 'failed' as const),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('cancel' as const), which: fc.nat(50) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('requeue' as const), which: fc.nat(50) }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.constantFrom(1_000, 61_000) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('crash' as const) }) },
);

interface World {
  store: WorkflowStore;
  clock: VirtualClock;
  path: string;
  readonly claims: Map<string, Claim>;
  readonly redriven: Set<string>;
}

/** What a holder does with a phase: starts its children, joins them, or does the work. */
async function end(world: World, claim: Claim, how: 'succeeded' | 'failed'): Promise<void> {
  const { clock, claims, store } = world;
  const { definition, record, token } = claim;
  const { id, state } = record;
  claims.delete(id);
  const at = clock.now();
  const children = definition.phases.find(({ name }) => name === state.phase)?.children;
  if (children !== undefined && state.children === undefined) {
    const started = children.start.map(({ workflow }): NewWorkflow => {
      const known = definitions.get(workflow);
      if (known === undefined) throw new Error(workflow);
      return { definition: known, input: {}, priority: 5 };
    });
    const event = { type: 'children-started', at, count: started.length } as const;
    await store.apply({ workflowId: id, token, event, children: started });
    return;
  }
  const completed = state.children?.completed.length ?? 0;
  const needed = children?.join === 'any' ? 1 : 2;
  const event =
    children !== undefined && completed < needed
      ? ({ type: 'phase-rejected', at, reason: 'too few', output: null } as const)
      : how === 'succeeded' || children !== undefined
        ? ({ type: 'phase-succeeded', at, output: null } as const)
        : ({
            type: 'phase-failed',
            at,
            retryAt: undefined,
            error: { code: 'NO', message: 'no', retryable: false },
          } as const);
  await store.apply({ workflowId: id, token, event });
}

/** The process is gone: what was committed is there, and what was under way may be. */
async function crash(world: World): Promise<void> {
  const left = [...world.claims.values()].map((claim) => end(world, claim, 'succeeded'));
  const path = temporaryPath();
  for (const suffix of ['', '-wal'])
    if (existsSync(world.path + suffix)) copyFileSync(world.path + suffix, path + suffix);
  await Promise.all(left);
  await world.store.close();
  world.claims.clear();
  const { clock, store } = await temporaryStore({ path });
  await clock.advance(world.clock.now() - clock.now());
  Object.assign(world, { clock, path, store });
  await store.recover({ deadHolders: () => true, now: clock.now() });
}

async function run(world: World, made: typeof call extends fc.Arbitrary<infer C> ? C : never) {
  const { claims, clock, store } = world;
  const at = clock.now();
  switch (made.do) {
    case 'submit':
      await store.submit([{ definition: outer, input: {}, priority: 5 }]);
      return;
    case 'claim':
      for (const claim of await claimUpTo(store, made.limit, 'h', 3_600_000))
        claims.set(claim.record.id, claim);
      return;
    case 'end': {
      const claim = [...claims.values()][made.which % Math.max(1, claims.size)];
      if (claim !== undefined) await end(world, claim, made.how);
      return;
    }
    case 'cancel':
    case 'requeue': {
      const { items } = await store.list({ limit: 1_000 });
      const those = items.filter(({ state }) => made.do === 'cancel' || state.status === 'dead');
      const one = those[made.which % Math.max(1, those.length)];
      if (one === undefined) return;
      if (made.do === 'requeue') world.redriven.add(one.id);
      const event =
        made.do === 'cancel'
          ? ({ type: 'cancel-requested', at, reason: 'test' } as const)
          : ({ type: 'requeued', at, phase: one.state.phase } as const);
      await store.apply({ workflowId: one.id, event });
      return;
    }
    case 'pass':
      await clock.advance(made.ms);
      return;
    case 'crash':
      return crash(world);
  }
}

const over = new Set(['completed', 'dead', 'cancelled']);

/** Of every workflow, against its children as they stand. */
async function expectFamilies({ redriven, store }: World): Promise<void> {
  const { items } = await store.list({ limit: 10_000 });
  const byParent = Map.groupBy(
    items.filter(({ parent }) => parent !== undefined),
    ({ parent }) => `${parent?.id} ${parent?.fork}`,
  );
  for (const { definition, id, state } of items) {
    if (state.children === undefined) continue;
    const mine = byParent.get(`${id} ${forkOf(state)}`) ?? [];
    byParent.delete(`${id} ${forkOf(state)}`);
    const own = mine.toReversed();
    expect(own).toEqual(await store.children(id, forkOf(state)));
    const { completed, count, decided, failed } = state.children;
    expect(own.map(({ parent }) => parent?.index)).toEqual([...Array(count).keys()]);
    expect(own.map((child) => child.definition)).toEqual(
      definitions.get(definition)?.phases[0]?.children?.start.map(({ workflow }) => workflow),
    );
    if (decided) {
      expectStopped(own, redriven);
      continue;
    }
    const ending = (wanted: readonly string[]) =>
      own.flatMap((child, index) => (wanted.includes(child.state.status) ? [index] : []));
    expect(completed).toEqual(ending(['completed']));
    expect(failed).toEqual(ending(['dead', 'cancelled']));
  }
  for (const left of byParent.values()) expectStopped(left, redriven);
}

/** Nobody waits for these: they have ended, or end as soon as their processes are gone. */
function expectStopped(children: readonly WorkflowRecord[], redriven: ReadonlySet<string>): void {
  for (const { id, state } of children) {
    if (redriven.has(id) || over.has(state.status)) continue;
    expect(state).toMatchObject({ status: 'running', cancelRequested: true });
  }
}

test('whatever happens to a family, no child is lost, started twice or counted twice', async () => {
  const seen = new Set<string>();
  await fc.assert(
    fc.asyncProperty(fc.array(call, { minLength: 20, maxLength: 60 }), async (calls) => {
      const world: World = { ...(await temporaryStore()), claims: new Map(), redriven: new Set() };
      await run(world, { do: 'submit' });
      for (const made of calls) {
        await run(world, made);
        await expectFamilies(world);
      }
      for (const { definition, state } of (await world.store.list({ limit: 10_000 })).items)
        seen.add(`${definition} ${state.status}`);
      await world.store.close();
    }),
    { numRuns: 25 },
  );
  expect([...seen]).toEqual(
    expect.arrayContaining(['leaf completed', 'leaf dead', 'middle completed', 'outer waiting']),
  );
});
