import { copyFileSync, existsSync, rmSync } from 'node:fs';
import type { VirtualClock } from '@chimera/policy';
import {
  childrenNeeded,
  defineWorkflow,
  planChildren,
  type PhaseInput,
  type WorkflowDefinition,
} from '@chimera/workflow';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Claim, NewWorkflow, StoredEvent, WorkflowStore } from '../src/index.ts';
import { judgeFamilies } from './judge-families.ts';
import { claimUpTo, temporaryPath, temporaryStore } from './temporary-store.ts';

const levels = ['leaf', 'middle', 'top'] as const;

interface PhaseWish {
  /** Definitions of lower levels that it starts; none: an agent's work. */
  readonly start: readonly number[];
  readonly isWide: boolean;
  readonly join: 'all' | 'any' | 'two';
  readonly maxParallel: number | undefined;
  readonly isReworked: boolean;
}

const phaseWish: fc.Arbitrary<PhaseWish> = fc.record({
  start: fc.oneof(
    { weight: 1, arbitrary: fc.constant([]) },
    { weight: 3, arbitrary: fc.array(fc.nat(1), { minLength: 1, maxLength: 3 }) },
  ),
  // More than are stopped in one step.
  isWide: fc.constantFrom(false, false, false, false, false, true),
  join: fc.constantFrom('all', 'any', 'two'),
  maxParallel: fc.constantFrom(undefined, 1, 2, 3),
  isReworked: fc.boolean(),
});
const wishes = fc.tuple(
  ...levels.slice(1).map(() => fc.array(phaseWish, { minLength: 1, maxLength: 2 })),
);

const phase = { stage: 'implementation', timeout: '1m', maxVisits: 2 } as const;

/** A graph of workflows, each of which starts some of those below it, beside and after each other. */
function graphOf(all: readonly (readonly PhaseWish[])[]): ReadonlyMap<string, WorkflowDefinition> {
  const definitions = [
    defineWorkflow({ name: 'leaf', phases: [{ ...phase, name: 'work', agent: 'a' }] }),
    ...all.map((phases, above) =>
      defineWorkflow({
        name: levels[above + 1] ?? '',
        phases: phases.map((wish, index) => phaseOf(wish, `p${index}`, above)),
      }),
    ),
  ];
  return new Map(definitions.map((definition) => [definition.name, definition]));
}

function phaseOf(wish: PhaseWish, name: string, above: number): PhaseInput {
  const { isReworked, isWide, join, maxParallel, start } = wish;
  const onRejected = isReworked ? name : 'dead';
  if (start.length === 0) return { ...phase, name, onRejected, agent: 'a' };
  const below = isWide ? [0] : start.map((level) => Math.min(level, above));
  const count = isWide ? 70 : below.length;
  return {
    ...phase,
    name,
    onRejected,
    children: {
      ...(isWide ? { forEach: Array.from({ length: count }, (_, n) => n) } : {}),
      start: below.map((level) => ({ workflow: levels[level] ?? 'leaf' })),
      join: join === 'two' ? { atLeast: Math.min(2, count) } : join,
      ...(maxParallel === undefined ? {} : { maxParallel }),
    },
  };
}

const act = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ act: fc.constant('claim'), limit: fc.integer({ min: 1, max: 12 }) }),
  },
  {
    weight: 10,
    arbitrary: fc.record({
      act: fc.constant('end'),
      which: fc.nat(50),
      how: fc.constantFrom('succeed', 'succeed', 'succeed', 'retry', 'die'),
      step: fc.integer({ min: 1, max: 3 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ act: fc.constant('cancel'), which: fc.nat(100) }) },
  { weight: 3, arbitrary: fc.record({ act: fc.constant('requeue'), which: fc.nat(50) }) },
  { weight: 1, arbitrary: fc.record({ act: fc.constant('pass') }) },
  {
    weight: 2,
    arbitrary: fc.record({
      act: fc.constant('crash'),
      /** Killed after so many transactions of what it does next. */
      after: fc.nat(4),
      cancel: fc.nat(100),
      step: fc.integer({ min: 1, max: 40 }),
    }),
  },
);
type Act = typeof act extends fc.Arbitrary<infer Each> ? Each : never;

interface World {
  store: WorkflowStore;
  clock: VirtualClock;
  path: string;
  readonly definitions: ReadonlyMap<string, WorkflowDefinition>;
  readonly claims: Map<string, Claim>;
  /** Commits until the process is killed. */
  commitsLeft: number;
  /** What it leaves then. */
  left: string | undefined;
}

function copyOf(path: string): string {
  const copy = temporaryPath();
  for (const suffix of ['', '-wal'])
    if (existsSync(path + suffix)) copyFileSync(path + suffix, copy + suffix);
  return copy;
}

async function open(world: Omit<World, 'clock' | 'store'>, path: string): Promise<World> {
  const made: World = Object.assign(
    world,
    await temporaryStore({
      path,
      onCommit: () => {
        if (world.commitsLeft-- === 1) world.left = copyOf(path);
      },
    }),
  );
  return made;
}

/** As the pool does it: children are planned and started in steps, or what they left is told. */
async function end(world: World, claim: Claim, how: string, step: number): Promise<void> {
  const { claims, clock, definitions, store } = world;
  const { definition, record, token } = claim;
  const { id: workflowId, state } = record;
  claims.delete(workflowId);
  const at = clock.now();
  const current = definition.phases.find(({ name }) => name === state.phase);
  const children = current?.children;
  if (current === undefined) throw new Error(`no phase ${state.phase}`);
  if (children === undefined) {
    const error = { code: 'E', message: 'e', retryable: true };
    const event =
      how === 'succeed'
        ? ({ type: 'phase-succeeded', at, output: null } as const)
        : ({
            type: 'phase-failed',
            at,
            error,
            retryAt: how === 'retry' ? at + 500 : undefined,
          } as const);
    await store.apply({ workflowId, token, event });
    return;
  }
  if (state.children !== undefined && state.children.started === undefined) {
    const { completed, count } = state.children;
    const event =
      completed.length >= childrenNeeded(children.join, count)
        ? ({ type: 'phase-succeeded', at, output: null } as const)
        : ({ type: 'phase-rejected', at, reason: 'too few', output: null } as const);
    await store.apply({ workflowId, token, event });
    return;
  }
  const plan = planChildren(current, children, { input: {}, artifacts: [] });
  if ('error' in plan) throw new Error(plan.error.message);
  const all = plan.children.map(({ workflow }): NewWorkflow => {
    const planned = definitions.get(workflow);
    if (planned === undefined) throw new Error(workflow);
    return { definition: planned, input: {}, priority: 5 };
  });
  const size = all.length > 4 ? step * 16 : step;
  for (let started = state.children?.started ?? 0; ; started += size) {
    const next = all.slice(started, started + size);
    const event =
      started + size < all.length
        ? ({ type: 'children-added', at, count: size, total: all.length } as const)
        : ({ type: 'children-started', at, count: all.length } as const);
    const applied = await store.apply({ workflowId, token, event, children: next });
    if (event.type === 'children-started' || applied?.record.state.status !== 'running') return;
  }
}

async function picked(world: World, which: number, wanted: readonly string[]) {
  const { items } = await world.store.list({ limit: 10_000 });
  const those = items.filter(({ state }) => wanted.includes(state.status));
  return those[which % Math.max(1, those.length)];
}

const unfinished = ['queued', 'running', 'waiting'];

async function cancel(world: World, which: number): Promise<void> {
  const one = await picked(world, which, unfinished);
  if (one === undefined) return;
  const event = { type: 'cancel-requested', at: world.clock.now(), reason: 'enough' } as const;
  await world.store.apply({ workflowId: one.id, event });
}

async function run(world: World, made: Act): Promise<void> {
  const { claims, clock, store } = world;
  switch (made.act) {
    case 'claim':
      for (const claim of await claimUpTo(store, made.limit, 'h', 3_600_000))
        claims.set(claim.record.id, claim);
      return;
    case 'end': {
      const claim = [...claims.values()][made.which % Math.max(1, claims.size)];
      if (claim !== undefined) await end(world, claim, made.how, made.step);
      return;
    }
    case 'cancel':
      return cancel(world, made.which);
    case 'requeue': {
      const one = await picked(world, made.which, ['dead']);
      if (one === undefined) return;
      const event = { type: 'requeued', at: clock.now(), phase: one.state.phase } as const;
      await store.apply({ workflowId: one.id, event });
      return;
    }
    case 'pass':
      await clock.advance(1_000);
      return;
    case 'crash': {
      world.commitsLeft = made.after;
      const ending = [...claims.values()].filter((_, index) => index % 3 < 2);
      const doing = ending.map((claim) => end(world, claim, 'succeed', made.step));
      await Promise.all([...doing, cancel(world, made.cancel)]);
      const path = world.left ?? copyOf(world.path);
      await store.close();
      rmSync(world.path, { force: true });
      claims.clear();
      Object.assign(world, { left: undefined, commitsLeft: 0 });
      await open(world, path);
      await world.clock.advance(clock.now() - world.clock.now());
      await world.store.recover({ deadHolders: () => true, now: clock.now() });
    }
  }
}

async function eventsOf(store: WorkflowStore): Promise<readonly StoredEvent[]> {
  return store.events({ limit: 1_000_000 });
}

test('whatever graph of workflows runs, and whatever happens to it, its log is that of families', async () => {
  const seen = new Set<string>();
  let [longest, joins] = [0, 0];
  await fc.assert(
    fc.asyncProperty(
      wishes,
      fc.array(act, { minLength: 30, maxLength: 60 }),
      async (wished, acts) => {
        const definitions = graphOf(wished);
        const begun = {
          path: '',
          definitions,
          claims: new Map<string, Claim>(),
          commitsLeft: 0,
          left: undefined,
        };
        const world = await open(begun, temporaryPath());
        const top = definitions.get('top');
        if (top === undefined) throw new Error('no top');
        const one = { definition: top, input: {}, priority: 5 };
        await world.store.submit([one, one, one]);
        for (const made of acts) await run(world, made);
        expect(judgeFamilies(await eventsOf(world.store), definitions)).toEqual([]);
        // Left alone, all comes to its end.
        await world.store.stopChildren();
        for (let round = 0; round < 400; round += 1) {
          await run(world, { act: 'claim', limit: 100 });
          if (world.claims.size === 0) {
            const { queued, running, waiting } = await world.store.counts();
            if (queued + running + waiting === 0) break;
            await world.clock.advance(61_000);
          }
          await Promise.all(
            [...world.claims.values()].map((each) => end(world, each, 'succeed', 3)),
          );
        }
        const events = await eventsOf(world.store);
        expect(judgeFamilies(events, definitions)).toEqual([]);
        const counts = await world.store.counts();
        expect(counts).toMatchObject({ queued: 0, waiting: 0, running: 0 });
        for (const { type } of events) seen.add(type);
        longest = Math.max(longest, events.length);
        joins += events.filter(({ type }) => type === 'children-started').length;
        await world.store.close();
        rmSync(world.path, { force: true });
      },
    ),
    { numRuns: 8 },
  );
  expect([...seen]).toEqual(
    expect.arrayContaining(['children-added', 'child-ended', 'child-requeued', 'interrupted']),
  );
  expect(joins).toBeGreaterThan(10);
  expect(longest).toBeGreaterThan(100);
}, 60_000);
