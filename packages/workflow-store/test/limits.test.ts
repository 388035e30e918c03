import { rmSync } from 'node:fs';
import type { VirtualClock } from '@chimera/policy';
import { defineWorkflow } from '@chimera/workflow';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Claim, LimitRule, NewWorkflow, ParentLink, WorkflowStore } from '../src/index.ts';
import { bestFirst, keysOfNaiveScore } from './naive-score.ts';
import { claimUpTo, newWorkflow, submitOne, temporaryStore } from './temporary-store.ts';

const inRepository = (repository: string, more: Partial<NewWorkflow> = {}) =>
  newWorkflow({ labels: { repository }, ...more });

const ids = (claims: readonly Claim[]) => claims.map(({ record }) => record.id);

async function submitted(store: WorkflowStore, workflows: readonly NewWorkflow[]) {
  return (await store.submit(workflows)).map(({ id }) => id);
}

async function park(store: WorkflowStore, { record, token }: Claim, until: number): Promise<void> {
  await store.apply({
    workflowId: record.id,
    token,
    event: { type: 'parked', at: until - 1, until, reason: { kind: 'gate', gate: 'g' } },
  });
}

describe('concurrency of a key', () => {
  const limits: readonly LimitRule[] = [{ label: 'repository', concurrency: 1 }];

  test('one of a repository runs at a time; others of it are passed over, not waited for', async () => {
    const { clock, store } = await temporaryStore({ limits });
    const [a1, a2, b1, free] = await submitted(store, [
      inRepository('a', { priority: 9 }),
      inRepository('a', { priority: 8 }),
      inRepository('b', { priority: 1 }),
      newWorkflow({ priority: 0 }),
    ]);
    const claims = await claimUpTo(store, 10);
    expect(ids(claims)).toEqual([a1, b1, free]);
    const held = await store.get(a2 ?? '');
    expect(held?.state.status).toBe('queued');
    expect(held && store.waitFor(held)).toEqual({
      key: 'repository=a',
      rule: limits[0],
      running: 1,
    });
    expect((await store.keysHolding(10)).map(({ key }) => key)).toEqual(['repository=a']);
    expect(await claimUpTo(store, 10)).toEqual([]);
    const [first] = claims;
    if (first !== undefined) await park(store, first, clock.now() + 60_000);
    expect(ids(await claimUpTo(store, 10))).toEqual([a2]);
  });

  test('held work is no demand, and cancelled like any other', async () => {
    const { clock, store } = await temporaryStore({ limits });
    const [a1, a2] = await submitted(store, [inRepository('a'), inRepository('a')]);
    await claimUpTo(store, 10);
    expect(await store.queuedByAgent(10)).toEqual([]);
    expect(await store.depth()).toEqual({ queued: 1, waiting: 0, held: 1 });
    const event = { type: 'cancel-requested', at: clock.now(), reason: 'not needed' } as const;
    const cancelled = await store.apply({ workflowId: a2 ?? '', event });
    expect(cancelled?.record.state.status).toBe('cancelled');
    expect((await store.get(a1 ?? ''))?.state.status).toBe('running');
  });

  test('what limits hold is counted, whatever their keys begin with; what waits for its siblings is not', async () => {
    const { clock, store } = await temporaryStore({
      limits: [...limits, { agent: 'planner', concurrency: 3 }],
    });
    await submitOne(store, { definition: fanning(1) });
    const [parent] = await claimUpTo(store, 1);
    await store.apply({
      workflowId: parent?.record.id ?? '',
      token: parent?.token ?? 0,
      event: { type: 'children-started', at: clock.now(), count: 4 },
      children: Array.from({ length: 4 }, () => newWorkflow()),
    });
    expect(await claimUpTo(store, 10)).toHaveLength(1);
    await submitted(store, [inRepository('a'), inRepository('a')]);
    expect(await claimUpTo(store, 10)).toHaveLength(1);
    await submitted(store, [newWorkflow(), newWorkflow(), newWorkflow()]);
    expect(await claimUpTo(store, 10)).toHaveLength(1);
    const rows = await store.db.selectFrom('workflows').select('held_by').execute();
    expect(rows.filter(({ held_by }) => held_by?.startsWith('children '))).toHaveLength(3);
    expect(await store.depth()).toMatchObject({ queued: 6, held: 3 });
  });

  test('the most urgent of a key goes first, also when it comes last', async () => {
    const { clock, store } = await temporaryStore({ limits });
    await submitOne(store, { labels: { repository: 'a' } });
    const [running] = await claimUpTo(store, 1);
    await store.submit(Array.from({ length: 200 }, () => inRepository('a')));
    const urgent = await submitOne(store, { labels: { repository: 'a' }, priority: 9 });
    if (running !== undefined) await park(store, running, clock.now() + 60_000);
    expect(ids(await claimUpTo(store, 10))).toEqual([urgent]);
  });

  test('an agent has a limit of its own, whatever is labelled how', async () => {
    const { store } = await temporaryStore({ limits: [{ agent: 'planner', concurrency: 2 }] });
    const [first, second, third] = await submitted(store, [
      newWorkflow(),
      inRepository('a'),
      inRepository('b'),
    ]);
    const claims = await claimUpTo(store, 10);
    expect(ids(claims)).toEqual([first, second]);
    const record = await store.get(third ?? '');
    expect(record && store.waitFor(record)?.key).toBe('agent planner');
    // Its next phase is another agent's: the slot is free with the end of the first.
    for (const {
      record: { id },
      token,
    } of claims)
      await store.apply({
        workflowId: id,
        token,
        event: { type: 'phase-succeeded', at: 0, output: null },
      });
    expect((await claimUpTo(store, 10)).length).toBe(3);
  });

  test('a write that fails gives its slot back', async () => {
    const { store } = await temporaryStore({ limits });
    const id = await submitOne(store, { labels: { repository: 'a' } });
    const claim = store.claim({
      holder: 'h1',
      leaseMs: 1_000,
      limit: 2,
      choose: () => [id, 'nobody'],
    });
    await expect(claim).rejects.toThrow(RangeError);
    expect(ids(await claimUpTo(store, 1))).toEqual([id]);
  });

  test('over a restart what runs counts, and a limit that is gone holds nothing', async () => {
    const { path, store } = await temporaryStore({ limits });
    const [a1, a2, a3] = await submitted(store, [
      inRepository('a'),
      inRepository('a'),
      inRepository('a'),
    ]);
    expect(ids(await claimUpTo(store, 10))).toEqual([a1]);
    await store.close();
    const again = await temporaryStore({ path, limits });
    expect(await claimUpTo(again.store, 10)).toEqual([]);
    await again.store.close();
    const wider = await temporaryStore({ path, limits: [{ label: 'repository', concurrency: 2 }] });
    expect(ids(await claimUpTo(wider.store, 10))).toEqual([a2]);
    await wider.store.close();
    const without = await temporaryStore({ path });
    expect(ids(await claimUpTo(without.store, 10))).toEqual([a3]);
  });

  test('a label that is named like a property of every object is nobody’s who does not have it', async () => {
    const { store } = await temporaryStore({ limits: [{ label: 'constructor', concurrency: 1 }] });
    const [first, , free] = await submitted(store, [
      newWorkflow({ labels: { constructor: 'a' } }),
      newWorkflow({ labels: { constructor: 'a' } }),
      newWorkflow({ labels: { other: 'a' } }),
    ]);
    expect(ids(await claimUpTo(store, 10))).toEqual([first, free]);
    expect((await store.keysHolding(10)).map(({ key }) => key)).toEqual(['constructor=a']);
    expect(ids(await claimUpTo(store, 10))).toEqual([]);
    const more = await submitted(store, [
      newWorkflow({ labels: { other: 'a' } }),
      newWorkflow({ labels: { other: 'a' } }),
    ]);
    expect(ids(await claimUpTo(store, 10))).toEqual(more);
  });

  test('what a claim has taken is told, also when the store is closed before it has seen all that it wants', async () => {
    const without = await temporaryStore();
    const { path } = without;
    const hot = inRepository('hot', { priority: 9 });
    const [first] = await submitted(
      without.store,
      Array.from({ length: 1_000 }, () => hot),
    );
    await without.store.close();
    const { store } = await temporaryStore({ path, limits });
    const claiming = claimUpTo(store, 2);
    const closing = store.close();
    expect(ids(await claiming)).toEqual([first]);
    await closing;
  });

  test('2,000 of a key in front of another cost it several transactions, not its turn', async () => {
    const { store } = await temporaryStore({ limits });
    // Of so many that nobody counts them: they all stand until a claim meets them.
    const many = Array.from({ length: 2_000 }, () => inRepository('hot', { priority: 9 }));
    const without = await temporaryStore();
    const { path } = without;
    const [first] = await submitted(without.store, many);
    const other = await submitOne(without.store, { labels: { repository: 'cold' }, priority: 1 });
    await without.store.close();
    await store.close();
    const limited = await temporaryStore({ path, limits });
    expect(ids(await claimUpTo(limited.store, 2))).toEqual([first, other]);
    expect((await limited.store.counts()).queued).toBe(1_999);
  });
});

describe('rate of a key', () => {
  const limits: readonly LimitRule[] = [
    { label: 'repository', rate: { starts: 2, perMs: 60_000 } },
  ];

  test('no more start in any minute than it says, and the store says when the next may', async () => {
    const { clock, path, store } = await temporaryStore({ limits });
    const all = await submitted(
      store,
      Array.from({ length: 5 }, () => inRepository('a')),
    );
    const begin = clock.now();
    expect(ids(await claimUpTo(store, 1))).toEqual([all[0]]);
    await clock.advance(10_000);
    expect(ids(await claimUpTo(store, 9))).toEqual([all[1]]);
    expect(await store.nextDueAt()).toBe(begin + 60_000);
    const third = await store.get(all[2] ?? '');
    expect(third && store.waitFor(third)).toMatchObject({ running: 2, until: begin + 60_000 });
    await clock.advance(49_999);
    expect(await claimUpTo(store, 9)).toEqual([]);
    await store.close();
    const reopened = await temporaryStore({ path, limits });
    await reopened.clock.advance(60_000);
    expect(ids(await claimUpTo(reopened.store, 9))).toEqual([all[2]]);
    await reopened.clock.advance(9_999);
    expect(await claimUpTo(reopened.store, 9)).toEqual([]);
    await reopened.clock.advance(1);
    expect(ids(await claimUpTo(reopened.store, 9))).toEqual([all[3]]);
  });

  test('what waits for an instant of a wrong clock is not kept waiting when it is set right', async () => {
    const { clock, store } = await temporaryStore({ limits });
    const day = 86_400_000;
    clock.jumpWall(day);
    const [first, second, third] = await submitted(
      store,
      Array.from({ length: 3 }, () => inRepository('a')),
    );
    const claims = await claimUpTo(store, 9);
    expect(ids(claims)).toEqual([first, second]);
    for (const claim of claims) await park(store, claim, clock.now() + 10 * day);
    expect(await claimUpTo(store, 9)).toEqual([]);
    expect(await store.nextDueAt()).toBe(clock.now() + 60_000);
    clock.jumpWall(-day);
    expect(ids(await claimUpTo(store, 9))).toEqual([third]);
  });

  test('starts that count no more are forgotten', async () => {
    const { clock, store } = await temporaryStore({ limits });
    for (let n = 0; n < 20; n += 1) {
      await submitOne(store, { labels: { repository: `r${n}` } });
      await claimUpTo(store, 1);
      await clock.advance(60_000);
    }
    const { starts } = await store.db
      .selectFrom('limit_starts')
      .select(({ fn }) => fn.countAll<number>().as('starts'))
      .executeTakeFirstOrThrow();
    expect(starts).toBe(1);
  });
});

describe('rules', () => {
  test.for<[string, readonly LimitRule[], string]>([
    ['no bound', [{ label: 'a' }], 'limits[0] must be with a concurrency or a rate'],
    ['none at a time', [{ label: 'a', concurrency: 0 }], 'limits[0].concurrency must be'],
    [
      'two for a label',
      [
        { label: 'a', concurrency: 1 },
        { label: 'a', concurrency: 2 },
      ],
      'limits[1] must be the only one',
    ],
    [
      'a label that is none',
      [{ label: 'a=b', concurrency: 1 }],
      'limits[0].label must be a label of',
    ],
    [
      'too many starts',
      [{ agent: 'a', rate: { starts: 1_001, perMs: 1 } }],
      'limits[0].rate.starts',
    ],
    ['no time', [{ agent: 'a', rate: { starts: 1, perMs: 0 } }], 'limits[0].rate.perMs'],
  ])('%s is refused', async ([, limits, words]) => {
    await expect(temporaryStore({ limits })).rejects.toThrow(
      expect.objectContaining({ name: 'RangeError', message: expect.stringContaining(words) }),
    );
  });
});

const rules: readonly LimitRule[] = [
  { label: 'repository', concurrency: 2 },
  { label: 'user', concurrency: 3, rate: { starts: 4, perMs: 100 } },
  { agent: 'reviewer', concurrency: 1 },
];

/** Its children, as many as it is told, run so many at a time, whatever their labels say besides. */
const fanning = (maxParallel: number) =>
  defineWorkflow({
    name: `fan-${maxParallel}`,
    phases: [
      {
        name: 'fan',
        stage: 'implementation',
        timeout: '1h',
        onRejected: 'fan',
        children: { forEach: '/input/list', start: [{ workflow: 'leaf' }], maxParallel },
      },
    ],
  });
const fans = [1, 2, 3].map(fanning);

type How = 'succeed' | 'retry' | 'cancel' | 'die';
type Step =
  | {
      readonly step: 'submit';
      readonly many: number;
      readonly kind: number;
      readonly priority: number;
    }
  | {
      readonly step: 'claim';
      readonly limit: number;
      readonly floor: number;
      readonly isBusy: boolean;
    }
  | { readonly step: 'fork'; readonly maxParallel: number; readonly priority: number }
  | { readonly step: 'requeue'; readonly pick: number }
  | { readonly step: 'end'; readonly pick: number; readonly how: How }
  | { readonly step: 'turn'; readonly ends: number; readonly limit: number }
  | { readonly step: 'cancel'; readonly pick: number }
  | { readonly step: 'pass'; readonly ms: number }
  | { readonly step: 'reopen' };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      step: fc.constant('submit'),
      many: fc.oneof({ weight: 9, arbitrary: fc.integer({ min: 1, max: 4 }) }, fc.constant(70)),
      kind: fc.nat(7),
      priority: fc.integer({ min: 0, max: 3 }),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      step: fc.constant('claim'),
      limit: fc.integer({ min: 1, max: 4 }),
      floor: fc.constantFrom(0, 0, 0, 2),
      isBusy: fc.boolean(),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      step: fc.constant('end'),
      pick: fc.nat(20),
      how: fc.constantFrom('succeed', 'succeed', 'retry', 'cancel', 'die'),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      step: fc.constant('fork'),
      maxParallel: fc.integer({ min: 1, max: 3 }),
      priority: fc.integer({ min: 0, max: 3 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ step: fc.constant('requeue'), pick: fc.nat(50) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      step: fc.constant('turn'),
      ends: fc.integer({ min: 1, max: 3 }),
      limit: fc.integer({ min: 1, max: 4 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ step: fc.constant('cancel'), pick: fc.nat(200) }) },
  {
    weight: 2,
    arbitrary: fc.record({ step: fc.constant('pass'), ms: fc.integer({ min: 1, max: 90 }) }),
  },
  { weight: 1, arbitrary: fc.record({ step: fc.constant('reopen') }) },
);

const histories = fc.record({
  /** What stands there already: by how many of their children may run. */
  families: fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 2 }),
  steps: fc.array(step, { minLength: 5, maxLength: 40 }),
});

const labelsOfKind = [
  undefined,
  { repository: 'a' },
  { repository: 'b' },
  { repository: 'a', user: 'x' },
  { repository: 'b', user: 'x' },
  { user: 'x' },
  { user: 'y' },
  { colour: 'red' },
] as const;

interface Known {
  readonly id: string;
  readonly phase: string;
  readonly priority: number;
  readonly queuedAt: number;
  readonly estimateMs?: number;
  readonly runAt: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly parent?: Omit<ParentLink, 'index'>;
  readonly status: string;
}

/** What the limits allow, from what the store shows of its workflows and from nothing else. */
class LimitsModel {
  readonly starts: { readonly key: string; readonly at: number }[] = [];

  /** The best that may start, each time the best of those that the ones before it leave room for. */
  best(
    all: readonly Known[],
    now: number,
    isBusy: boolean,
    floor: number,
    limit: number,
  ): string[] {
    const running = new Map<string, number>();
    const count = (keys: readonly string[]) => {
      for (const key of keys) running.set(key, (running.get(key) ?? 0) + 1);
    };
    for (const each of all) if (each.status === 'running') count(keysOf(each));
    const due = all.filter(
      ({ priority, runAt, status }) =>
        (status === 'queued' || status === 'waiting') && runAt <= now && priority >= floor,
    );
    const chosen: string[] = [];
    for (const each of bestFirst(due, now, isBusy)) {
      if (chosen.length === limit) break;
      const keys = keysOf(each);
      if (keys.some((key) => !this.#hasRoom(key, running.get(key) ?? 0, now))) continue;
      count(keys);
      for (const key of keys) this.starts.push({ key, at: now });
      chosen.push(each.id);
    }
    return chosen;
  }

  started(claims: readonly Claim[], at: number): void {
    for (const { record } of claims)
      for (const key of keysOf({
        labels: record.labels ?? {},
        phase: record.state.phase,
        ...(record.parent === undefined ? {} : { parent: record.parent }),
      }))
        this.starts.push({ key, at });
  }

  /** Keys of which more runs, or has just started, than their limits allow. */
  exceeded(all: readonly Known[], now: number): readonly string[] {
    const running = all.filter(({ status }) => status === 'running').flatMap(keysOf);
    return [...new Set(running)].filter((key) => {
      const { concurrency = Infinity, rate = { starts: Infinity, perMs: 0 } } = ruleOf(key);
      const recent = this.starts.filter(
        (start) => start.key === key && start.at > now - rate.perMs,
      );
      const runs = running.filter((each) => each === key).length;
      return runs > concurrency || recent.length > rate.starts;
    });
  }

  #hasRoom(key: string, running: number, now: number): boolean {
    const { concurrency = Infinity, rate } = ruleOf(key);
    if (running >= concurrency) return false;
    if (rate === undefined) return true;
    const recent = this.starts.filter((start) => start.key === key && start.at > now - rate.perMs);
    return recent.length < rate.starts;
  }
}

function ruleOf(key: string): LimitRule {
  const [siblings, most] = key.split(' ');
  if (siblings === 'siblings') return { label: key, concurrency: Number(most) };
  const found = rules.find(({ agent, label }) =>
    agent === undefined ? key.startsWith(`${label}=`) : key === agent,
  );
  if (found === undefined) throw new Error(`no rule for ${key}`);
  return found;
}

function keysOf({
  labels,
  parent,
  phase,
}: Pick<Known, 'labels' | 'parent' | 'phase'>): readonly string[] {
  const ofLabels = ['repository', 'user'].flatMap((label) =>
    labels[label] === undefined ? [] : [`${label}=${labels[label]}`],
  );
  const ofSiblings =
    parent?.maxParallel === undefined
      ? []
      : [`siblings ${parent.maxParallel} ${parent.id} ${parent.fork}`];
  return [...ofLabels, ...(phase === 'review' ? ['reviewer'] : []), ...ofSiblings];
}

/** The store is asked for what stands in it; since when each queues, it is told. */
async function known(store: WorkflowStore): Promise<readonly Known[]> {
  const rows = await store.db.selectFrom('workflows').selectAll().orderBy('key').execute();
  return rows.map((row) => ({
    id: row.id,
    phase: row.phase,
    priority: row.priority,
    queuedAt: row.queued_at,
    ...(row.estimate_ms === null ? {} : { estimateMs: row.estimate_ms }),
    runAt: row.run_at,
    labels: row.labels === null ? {} : (JSON.parse(row.labels) as Record<string, string>),
    ...(row.parent_id === null || row.parent_fork === null || row.parent_limit === null
      ? {}
      : { parent: { id: row.parent_id, fork: row.parent_fork, maxParallel: row.parent_limit } }),
    status: row.status,
  }));
}

test('whatever happens, the best that the limits allow are claimed: no more, no fewer, no others, and in the end all', async () => {
  let children = 0;
  const seen = (claims: readonly Claim[]) => {
    children += claims.filter(({ record }) => record.parent !== undefined).length;
  };
  await fc.assert(
    fc.asyncProperty(histories, async ({ families, steps }) => {
      const options = { limits: rules, claimKeys: keysOfNaiveScore };
      let { clock, path, store } = await temporaryStore(options);
      const model = new LimitsModel();
      const running = new Map<string, Claim>();
      const claim = async (limit: number, floor: number, isBusy: boolean) => {
        const now = clock.now();
        const best = model.best(await known(store), now, isBusy, floor, limit);
        const claims = await store.claim({
          holder: 'h1',
          leaseMs: 1_000_000,
          limit,
          minPriority: floor,
          choose: (candidates) => bestFirst(candidates, now, isBusy).map(({ id }) => id),
        });
        expect(ids(claims)).toEqual(best);
        seen(claims);
        for (const each of claims) running.set(each.record.id, each);
      };
      const expectWithinLimits = async () =>
        expect(model.exceeded(await known(store), clock.now())).toEqual([]);
      const reopen = async () => {
        await store.close();
        const now: VirtualClock = clock;
        ({ clock, store } = await temporaryStore({ ...options, path }));
        await clock.advance(now.now() - clock.now());
      };
      for (const maxParallel of families) {
        const definition = fans[maxParallel - 1] ?? fanning(1);
        await store.submit([newWorkflow({ definition, priority: maxParallel })]);
        for (const parent of await claimUpTo(store, 1)) await end(store, parent, 'succeed', 0);
      }
      for (const each of steps) {
        switch (each.step) {
          case 'submit': {
            const labels = labelsOfKind[each.kind];
            const one = newWorkflow({
              priority: each.priority,
              estimateMs: each.many === 3 ? 5_000 : 600_000,
              ...(labels === undefined ? {} : { labels }),
            });
            await store.submit(Array.from({ length: each.many }, () => one));
            break;
          }
          case 'fork': {
            const definition = fans[each.maxParallel - 1] ?? fanning(1);
            await store.submit([newWorkflow({ definition, priority: each.priority })]);
            break;
          }
          case 'requeue': {
            const all = (await known(store)).filter(({ status }) => status === 'dead');
            const picked = all[each.pick % Math.max(1, all.length)];
            if (picked === undefined) break;
            const { id: workflowId, phase } = picked;
            const event = { type: 'requeued', at: clock.now(), phase } as const;
            await store.apply({ workflowId, event });
            break;
          }
          case 'claim':
            await claim(each.limit, each.floor, each.isBusy);
            break;
          case 'end': {
            const picked = [...running.values()][each.pick % Math.max(1, running.size)];
            if (picked === undefined) break;
            running.delete(picked.record.id);
            await end(store, picked, each.how, clock.now());
            break;
          }
          case 'turn': {
            // In one commit, where the claim finds the ends in memory.
            const ending = [...running.values()].slice(0, each.ends);
            for (const { record } of ending) running.delete(record.id);
            const ended = ending.map((one) => end(store, one, 'succeed', clock.now()));
            const claims = await claimUpTo(store, each.limit, 'h1', 1_000_000);
            await Promise.all(ended);
            for (const claimed of claims) running.set(claimed.record.id, claimed);
            model.started(claims, clock.now());
            await expectWithinLimits();
            break;
          }
          case 'cancel': {
            const all = (await known(store)).filter(({ status }) => status === 'queued');
            const picked = all[each.pick % Math.max(1, all.length)];
            if (picked !== undefined) await cancel(store, picked.id, clock.now());
            break;
          }
          case 'pass':
            await clock.advance(each.ms);
            break;
          case 'reopen':
            await reopen();
        }
      }
      // Nobody is forgotten: with all that ends and all the time that passes, all come to their end.
      for (let round = 0; round < 2_000; round += 1) {
        for (const each of running.values()) {
          const isOfFamily = each.record.parent !== undefined || each.record.state.phase === 'fan';
          await end(store, each, isOfFamily ? 'succeed' : 'cancel', clock.now());
        }
        running.clear();
        await claim(8, 0, false);
        if (running.size > 0) continue;
        const dueAt = await store.nextDueAt();
        if (dueAt === undefined) break;
        await clock.advance(Math.max(1, dueAt - clock.now()));
      }
      const { queued, waiting } = await store.counts();
      expect({ queued, waiting }).toEqual({ queued: 0, waiting: 0 });
      await store.close();
      rmSync(path);
    }),
    { numRuns: 20 },
  );
  expect(children).toBeGreaterThan(100);
}, 60_000);

async function end(
  store: WorkflowStore,
  { record, token }: Claim,
  how: How,
  at: number,
): Promise<void> {
  const workflowId = record.id;
  if (record.state.phase === 'fan' && record.state.children === undefined && how !== 'cancel') {
    const labels = labelsOfKind[record.priority * 2];
    const leaf = newWorkflow({ priority: 2, ...(labels === undefined ? {} : { labels }) });
    const children = Array.from({ length: 2 + record.priority * 2 }, () => leaf);
    const event = { type: 'children-started', at, count: children.length } as const;
    await store.apply({ workflowId, token, event, children });
    return;
  }
  const error = { code: 'E', message: 'e', retryable: true };
  if (how === 'cancel') await cancel(store, workflowId, at);
  const event =
    how === 'retry' || how === 'die'
      ? ({
          type: 'phase-failed',
          at,
          error,
          retryAt: how === 'die' ? undefined : at + 100,
        } as const)
      : ({ type: 'phase-succeeded', at, output: null } as const);
  await store.apply({ workflowId, token, event });
}

async function cancel(store: WorkflowStore, workflowId: string, at: number): Promise<void> {
  await store.apply({ workflowId, event: { type: 'cancel-requested', at, reason: 'enough' } });
}
