import { sql } from 'kysely';
import { expect, onTestFinished, test } from 'vitest';
import { VirtualClock } from '@chimera/policy';
import { defineWorkflow } from '@chimera/workflow';
import {
  openWorkflowStore,
  type Submitted,
  type WorkflowStore,
  type WorkflowStoreOptions,
} from '../src/index.ts';
import { HeldWriter, turns } from './held-writer.ts';
import {
  claimUpTo,
  newWorkflow,
  startsAt,
  submitOne,
  temporaryPath,
  temporaryStore,
} from './temporary-store.ts';
import { threePhases } from './three-phases.ts';

/** A store that knows its definition, so that nothing needs a transaction but what says so. */
async function heldStore(options: Partial<WorkflowStoreOptions> = {}) {
  const writer = new HeldWriter();
  const clock = new VirtualClock(startsAt);
  const path = temporaryPath();
  let ids = 0;
  const store = await openWorkflowStore(
    { durability: 'crash', path, ...options },
    {
      clock,
      batchWriter: writer.open,
      newId: () => `w${String((ids += 1)).padStart(4, '0')}`,
    },
  );
  onTestFinished(async () => {
    await writer.end();
    await store.close();
  });
  await store.putDefinition(threePhases);
  return { clock, path, store, writer, ids: () => ids };
}

/** Whether it has been told, and how often nobody can say: a promise is told once. */
function watched<Result>(promise: Promise<Result>) {
  const seen: { isTold: boolean; promise: Promise<Result> } = { isTold: false, promise };
  const told = () => {
    seen.isTold = true;
  };
  promise.then(told, told);
  return seen;
}

function submit(store: WorkflowStore, overrides: Parameters<typeof newWorkflow>[0] = {}) {
  return watched(store.submit([newWorkflow(overrides)]));
}

async function tellings(store: WorkflowStore): Promise<readonly string[]> {
  const events = await store.events({ limit: 10_000 });
  const numbers = events.map(({ seq }) => seq);
  expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
  return events.map(({ type, workflowId }) => `${workflowId} ${type}`);
}

test('what is on its way to the disk falls due in time, though the disk knew nothing of it', async () => {
  const { clock, store, writer } = await heldStore();
  submit(store, { runAt: startsAt + 10_000 });
  await writer.landAll();
  submit(store, { runAt: startsAt + 500 });
  await writer.holds(1);
  const early = claimUpTo(store, 2);
  await writer.landAll();
  expect(await early).toEqual([]);
  await clock.advance(500);
  const due = claimUpTo(store, 2);
  await writer.landAll();
  expect((await due).map(({ record }) => record.runAt)).toEqual([startsAt + 500]);
});

test('a workflow that dies, is requeued and runs again within one group has its new deadline', async () => {
  const { clock, store, writer } = await heldStore();
  const definition = defineWorkflow({
    name: 'timed',
    timeout: '1s',
    phases: [{ name: 'plan', stage: 'planning', agent: 'planner', timeout: '5s' }],
  });
  await store.putDefinition(definition);
  submit(store, { definition });
  const first = claimUpTo(store, 1);
  await writer.landAll();
  expect((await first).map(({ token }) => token)).toEqual([1]);
  await clock.advance(500);
  const at = clock.now();
  const error = { code: 'E', message: 'it broke', retryable: false };
  const died = { type: 'phase-failed', at, error, retryAt: undefined } as const;
  void store.apply({ workflowId: 'w0001', token: 1, event: died });
  void store.apply({ workflowId: 'w0001', event: { type: 'requeued', at, phase: 'plan' } });
  const again = claimUpTo(store, 1);
  await writer.holds(1);
  expect(writer.commit()).toBe(true);
  await writer.landAll();
  expect((await again).map(({ token }) => token)).toEqual([2]);
  const overdue = (now: number) => store.overdue({ now, limit: 1 });
  expect(await overdue(at + 999)).toEqual([]);
  expect(await overdue(at + 1_000)).toEqual(['w0001']);
});

test('claims that are handed over and lost give the room under their limits back', async () => {
  const { store, writer } = await heldStore({ limits: [{ agent: 'planner', concurrency: 2 }] });
  for (let count = 0; count < 3; count += 1) submit(store);
  await writer.landAll();
  const claimed = [claimUpTo(store, 1)];
  await writer.holds(1);
  claimed.push(claimUpTo(store, 1));
  await writer.holds(2);
  await writer.fail();
  await writer.landAll();
  const claims = await Promise.all(claimed);
  expect(claims.flat().map(({ record }) => record.id)).toEqual(['w0001', 'w0002']);
  const third = claimUpTo(store, 1);
  await writer.landAll();
  expect(await third).toEqual([]);
});

test('a workflow is claimed and ends its phase on what is handed over and not committed', async () => {
  const { clock, store, writer } = await heldStore();
  const submitted = submit(store);
  await writer.holds(1);
  const claimed = watched(claimUpTo(store, 1));
  await writer.holds(2);
  const event = { type: 'phase-succeeded', at: clock.now(), output: 'a plan' } as const;
  const applied = watched(store.apply({ workflowId: 'w0001', token: 1, event }));
  await turns();
  expect([submitted, claimed, applied].map(({ isTold }) => isTold)).toEqual([false, false, false]);
  expect(await store.get('w0001')).toBeUndefined();
  await writer.land();
  expect([submitted, claimed, applied].map(({ isTold }) => isTold)).toEqual([true, false, false]);
  await writer.land();
  expect(await claimed.promise).toMatchObject([{ token: 1, record: { id: 'w0001' } }]);
  expect(applied.isTold).toBe(false);
  await writer.land();
  expect((await applied.promise)?.record.state).toMatchObject({ status: 'queued', phase: 'build' });
  expect(await tellings(store)).toEqual([
    'w0001 submitted',
    'w0001 claimed',
    'w0001 phase-succeeded',
  ]);
});

test('however slow the other thread is, it has few groups in hand, and what waits shares the next', async () => {
  const { store, writer } = await heldStore();
  const all = [];
  for (let turn = 0; turn < 40; turn += 1) {
    all.push(submit(store));
    await turns();
  }
  const inHand = writer.asked.length;
  expect(inHand).toBeLessThanOrEqual(8);
  await writer.land();
  expect(writer.asked).toHaveLength(inHand);
  expect(writer.asked.at(-1)?.batch.steps.length).toBeGreaterThan(8);
  await writer.landAll();
  const told = await Promise.all(all.map(({ promise }) => promise));
  const { items } = await store.list({ limit: 100 });
  expect(items.map(({ id }) => id).toReversed()).toEqual(told.flat().map(({ id }) => id));
});

test('a few writes wait for what the other thread has in hand: more come by then, or they are written here', async () => {
  const { store, writer } = await heldStore();
  writer.fewest = 3;
  const begun = [submit(store), submit(store), submit(store)];
  await writer.holds(1);
  const few = [submit(store), submit(store)];
  await turns();
  expect(writer.asked).toHaveLength(1);
  few.push(submit(store));
  await writer.land();
  expect(begun.every(({ isTold }) => isTold)).toBe(true);
  expect(writer.asked).toHaveLength(1);
  expect(few.some(({ isTold }) => isTold)).toBe(false);
  const last = submit(store);
  await turns();
  expect(last.isTold).toBe(false);
  await writer.land();
  expect(writer.asked).toHaveLength(0);
  expect([...few, last].every(({ isTold }) => isTold)).toBe(true);
});

test('nobody hears of a commit, and nothing is counted, before the other thread has told of it', async () => {
  const { store, writer } = await heldStore();
  const submitted = submit(store);
  await writer.holds(1);
  expect(writer.commit()).toBe(true);
  await turns();
  expect(submitted.isTold).toBe(false);
  expect((await store.counts()).queued).toBe(0);
  await writer.land();
  expect(submitted.isTold).toBe(true);
  expect((await store.counts()).queued).toBe(1);
});

test('events are seen in the order of their numbers, whatever is handed over or written here', async () => {
  const { store, writer } = await heldStore();
  const seen: number[] = [];
  for (let round = 0; round < 6; round += 1) {
    const all = [submit(store), watched(claimUpTo(store, 1)), submit(store)];
    // Every other time one of them needs a transaction here.
    if (round % 2 === 0) all.push(watched(store.renew('h1', new Map(), 1_000)) as never);
    for (let step = 0; step < 4; step += 1) {
      await turns();
      if (writer.asked.length > 0) writer.commit();
      const events = await store.events({ after: seen.at(-1) ?? 0, limit: 1_000 });
      seen.push(...events.map(({ seq }) => seq));
      if (writer.asked.length > 0) await writer.land();
    }
    await Promise.all(all.map(({ promise }) => promise));
  }
  const all = (await store.events({ limit: 1_000 })).map(({ seq }) => seq);
  expect(all).toHaveLength(18);
  expect(seen).toEqual(all);
});

test('an idempotency key counts as soon as its workflow is handed over', async () => {
  const { store, writer } = await heldStore();
  const first = submit(store, { idempotencyKey: 'k' });
  await writer.holds(1);
  const again = submit(store, { idempotencyKey: 'k' });
  await writer.holds(2);
  // It has changed nothing, and is told after what it stands on all the same.
  expect(writer.asked[1]?.batch.steps).toEqual([]);
  expect(again.isTold).toBe(false);
  await writer.landAll();
  expect(await first.promise).toEqual([{ id: 'w0001', created: true }]);
  expect(await again.promise).toEqual([{ id: 'w0001', created: false }]);
  expect((await store.counts()).queued).toBe(1);
});

test('a group that changes nothing is lost with the one that it stands on, and then told of the new one', async () => {
  const { store, writer } = await heldStore();
  const first = submit(store, { idempotencyKey: 'k' });
  await writer.holds(1);
  const again = submit(store, { idempotencyKey: 'k' });
  await writer.holds(2);
  await writer.fail();
  const [[made], [known]] = (await Promise.all([first.promise, again.promise])) as never as [
    [Submitted],
    [Submitted],
  ];
  expect(made.created).toBe(true);
  expect(known).toEqual({ id: made.id, created: false });
  expect((await store.list({ limit: 10 })).items.map(({ id }) => id)).toEqual([made.id]);
});

test('all calls of a lost batch, and of those after it, run again once, and each hears its own end', async () => {
  const { ids, store, writer } = await heldStore();
  const first = [submit(store, { idempotencyKey: 'k' }), submit(store)];
  await writer.holds(1);
  const second = [
    submit(store),
    submit(store, { idempotencyKey: 'k' }),
    watched(claimUpTo(store, 1)),
  ];
  await writer.holds(2);
  // It waits for its turn behind both, and is refused for the sake of the first.
  const mismatch = submit(store, { idempotencyKey: 'k', priority: 1 });
  const missing = watched(
    store.apply({
      workflowId: 'nobody',
      event: { type: 'cancel-requested', at: startsAt, reason: 'why not' },
    }),
  );
  await turns();
  const all = [...first, ...second, mismatch, missing];
  expect(all.map(({ isTold }) => isTold)).toEqual(all.map(() => false));
  expect(ids()).toBe(3);
  await writer.fail();
  const ends = await Promise.allSettled(all.map(({ promise }): Promise<unknown> => promise));
  expect(ends.slice(0, 5).map(({ status }) => status)).toEqual(Array(5).fill('fulfilled'));
  expect(ends[5]).toMatchObject({ reason: { code: 'IDEMPOTENCY_MISMATCH' } });
  expect(ends[6]).toMatchObject({ reason: { code: 'WORKFLOW_NOT_FOUND' } });
  await writer.landAll();
  expect(await store.counts()).toMatchObject({ queued: 2, running: 1 });
  expect((await store.list({ limit: 10 })).items).toHaveLength(3);
  const told = await tellings(store);
  expect(told.filter((line) => line.endsWith(' submitted'))).toHaveLength(3);
  expect(told.filter((line) => line.endsWith(' claimed'))).toHaveLength(1);
});

test('what was about to be in its next phase is shown in its last one again once that is lost', async () => {
  const { store, writer } = await heldStore();
  const submitted = submit(store);
  await writer.landAll();
  const [one] = await submitted.promise;
  const workflowId = one?.id ?? '';
  const phases: string[] = [];
  let isToRun = true;
  const claim = () =>
    store.claim({
      holder: 'h1',
      leaseMs: 1_000,
      limit: 1,
      choose: (candidates) => {
        phases.push(...candidates.map(({ phase }) => phase));
        return isToRun ? candidates.map(({ id }) => id) : [];
      },
    });
  const first = claim();
  await writer.holds(1);
  const event = { type: 'phase-succeeded', at: startsAt, output: null } as const;
  const applied = store.apply({ workflowId, token: 1, event });
  await writer.holds(2);
  isToRun = false;
  await writer.fail();
  await writer.landAll();
  expect(await Promise.all([first, applied])).toEqual([[], undefined]);
  phases.length = 0;
  const next = claim();
  await writer.landAll();
  expect(await next).toEqual([]);
  expect(new Set(phases)).toEqual(new Set(['plan']));
});

test('a batch that is committed stays when the next one is lost', async () => {
  const { store, writer } = await heldStore();
  const first = submit(store);
  await writer.holds(1);
  const second = submit(store);
  await writer.holds(2);
  await writer.land();
  await writer.fail();
  expect(await first.promise).toMatchObject([{ id: 'w0001' }]);
  const [told] = await second.promise;
  expect((await store.list({ limit: 10 })).items.map(({ id }) => id)).toEqual([told?.id, 'w0001']);
  expect((await store.counts()).queued).toBe(2);
});

test.for([
  { what: 'committed', commits: 1 },
  { what: 'not committed', commits: 0 },
])(
  'a thread that ends with a batch $what and not acknowledged doubles and loses nothing, and the store goes on without',
  async ({ commits }) => {
    const { store, writer } = await heldStore();
    const all = [submit(store), submit(store)];
    await writer.holds(1);
    all.push(submit(store));
    await writer.holds(2);
    if (commits > 0) writer.commit();
    await writer.end();
    const told = await Promise.all(all.map(({ promise }) => promise));
    const later = await submitOne(store);
    expect(writer.asked).toEqual([]);
    const { items } = await store.list({ limit: 10 });
    const ids = [...told.flat().map(({ id }) => id), later];
    expect(items.map(({ id }) => id).toReversed()).toEqual(ids);
    expect(await tellings(store)).toEqual(ids.map((id) => `${id} submitted`));
    expect((await store.counts()).queued).toBe(4);
  },
);

const another = { ...threePhases, hash: `${threePhases.hash}-2`, name: 'another' };
const died = {
  type: 'phase-failed',
  at: startsAt,
  retryAt: undefined,
  error: { code: 'E', message: 'no', retryable: false },
} as const;

const inTransactions: readonly {
  readonly what: string;
  readonly call: (store: WorkflowStore, path: string) => Promise<unknown>;
}[] = [
  {
    what: 'a renewal of a lease',
    call: async (store) =>
      expect(await store.renew('h1', new Map([['w0001', 1]]), 60_000)).toEqual([]),
  },
  { what: 'a recovery', call: (store) => store.recover({ deadHolders: () => false, now: 0 }) },
  {
    what: 'a death with its hook',
    call: async (store) => {
      const applied = await store.apply({ workflowId: 'w0001', token: 1, event: died });
      expect(applied?.record.state.status).toBe('dead');
    },
  },
  {
    what: 'a write beside an event',
    call: (store) =>
      store.apply({
        workflowId: 'w0001',
        event: { type: 'cancel-requested', at: startsAt, reason: 'why not' },
        also: async (trx) => {
          const { status } = await trx
            .selectFrom('workflows')
            .select('status')
            .where('id', '=', 'w0001')
            .executeTakeFirstOrThrow();
          expect(['running', 'cancelled']).toContain(status);
        },
      }),
  },
  {
    what: 'a workflow of a new definition',
    call: (store) => store.submit([newWorkflow({ definition: another })]),
  },
  { what: 'a definition', call: (store) => store.putDefinition(another) },
  {
    what: 'a start under a limit of starts',
    call: async (store) => expect(await claimUpTo(store, 1)).toHaveLength(1),
  },
  {
    what: 'a decision',
    call: (store) => store.addDecision({ at: startsAt, kind: 'scaled', isChange: true, data: {} }),
  },
  { what: 'a kept state', call: (store) => store.keepStates([{ kind: 'k', name: 'n', state: 1 }]) },
  { what: 'the end of a retention', call: (store) => store.forget({ ids: [], olderThanMs: 0 }) },
  { what: 'giving pages back', call: (store) => store.freePages(1) },
  { what: 'a backup', call: (store, path) => store.backup(`${path}.backup`) },
];

test.for(inTransactions)(
  '$what waits until all that was handed over has landed, and stands on it',
  async ({ call, what }) => {
    const isLimited = what.includes('limit');
    const { path, store, writer } = await heldStore({
      onDead: async ({ record }, trx) => {
        await trx
          .selectFrom('workflows')
          .select('holder')
          .where('id', '=', record.id)
          .executeTakeFirstOrThrow();
      },
      limits: isLimited ? [{ agent: 'planner', rate: { starts: 100, perMs: 1_000 } }] : [],
    });
    const submitted = submit(store);
    await writer.holds(1);
    const claimed = isLimited ? undefined : watched(claimUpTo(store, 1));
    const inHand = isLimited ? 1 : 2;
    await writer.holds(inHand);
    const called = watched(call(store, path));
    await turns();
    expect(called.isTold).toBe(false);
    for (let left = inHand; left > 0; left -= 1) {
      expect(writer.asked).toHaveLength(left);
      expect(called.isTold).toBe(false);
      await writer.land();
    }
    await submitted.promise;
    await claimed?.promise;
    await called.promise;
    // Handed over again, once nothing needs a transaction.
    submit(store);
    await writer.holds(1);
    await writer.landAll();
  },
);

test('a transaction of others on the same connection is not read, and nothing is handed over meanwhile', async () => {
  const { store, writer } = await heldStore();
  let submitted: ReturnType<typeof submit> | undefined;
  await store.db.transaction().execute(async (trx) => {
    await trx.insertInto('kept_states').values({ kind: 'own', name: 'n', body: '1' }).execute();
    submitted = submit(store);
    await turns();
    expect(writer.asked).toEqual([]);
  });
  await writer.landAll();
  expect(await submitted?.promise).toHaveLength(1);
  expect(await store.keptStates('own')).toEqual([{ kind: 'own', name: 'n', state: 1 }]);
});

test('what others write waits for what is handed over, and nothing more is until it is done', async () => {
  const { store, writer } = await heldStore();
  const submitted = submit(store);
  await writer.holds(1);
  const own = watched(sql`insert into kept_states values ('own', 'n', '1')`.execute(store.db));
  const later = submit(store);
  await turns();
  expect([submitted.isTold, own.isTold, later.isTold]).toEqual([false, false, false]);
  expect(writer.asked).toHaveLength(1);
  await writer.land();
  await Promise.all([submitted.promise, own.promise, later.promise]);
  expect(writer.asked).toEqual([]);
  expect(await store.keptStates('own')).toHaveLength(1);
  const last = submit(store);
  await writer.holds(1);
  await writer.land();
  expect(await last.promise).toHaveLength(1);
});

test('how long the oldest write waits for its commit can be asked, of a disk that hangs', async () => {
  const { clock, store, writer } = await heldStore();
  expect(store.oldestWriteMs()).toBe(0);
  const submitted = submit(store);
  await writer.holds(1);
  await clock.advance(7_000);
  const later = submit(store);
  await writer.holds(2);
  await clock.advance(1_000);
  expect(store.oldestWriteMs()).toBe(8_000);
  await writer.land();
  expect(store.oldestWriteMs()).toBe(1_000);
  await writer.landAll();
  await Promise.all([submitted.promise, later.promise]);
  expect(store.oldestWriteMs()).toBe(0);
});

test('a store that is closed waits for what is handed over, be it written or lost', async () => {
  for (const end of ['land', 'fail'] as const) {
    const { path, store, writer } = await heldStore();
    const all = [submit(store)];
    await writer.holds(1);
    all.push(submit(store));
    await writer.holds(2);
    const closed = watched(store.close());
    await turns();
    expect(closed.isTold).toBe(false);
    expect(writer.isClosed).toBe(false);
    await writer[end]();
    await writer.landAll();
    await closed.promise;
    expect(writer.isClosed).toBe(true);
    const told = await Promise.all(all.map(({ promise }) => promise));
    const { store: reopened } = await temporaryStore({ path });
    const { items } = await reopened.list({ limit: 10 });
    expect(items.map(({ id }) => id).toReversed()).toEqual(told.flat().map(({ id }) => id));
    await reopened.close();
  }
});

test('a claim sees past what is on the disk already and claimed since: the best is not behind it', async () => {
  const { store, writer } = await heldStore();
  const best = submit(store, { priority: 5 });
  await writer.landAll();
  const urgent = Array.from({ length: 80 }, () => newWorkflow({ priority: 10 }));
  const many = watched(store.submit([newWorkflow({ priority: 0 }), ...urgent]));
  await writer.holds(1);
  // On the disk, and the other thread has not said so.
  writer.commit();
  const first = claimUpTo(store, 80);
  const next = claimUpTo(store, 1);
  await writer.landAll();
  await many.promise;
  expect((await first).every(({ record }) => record.priority === 10)).toBe(true);
  const [submitted] = await best.promise;
  expect((await next).map(({ record }) => record.id)).toEqual([submitted?.id]);
});

test('a group that cannot be written down is run with care here, and leaves nothing for the next', async () => {
  let isBroken = false;
  const { store, writer } = await heldStore({
    claimKeys: ({ priority, queuedAt }) => {
      if (isBroken && priority === 3) throw new Error('no key for it');
      return { ageingKey: -queuedAt, promotionKey: -queuedAt, isShort: false };
    },
  });
  isBroken = true;
  const all = [submit(store), submit(store, { priority: 3 }), submit(store)];
  await turns();
  expect(writer.asked).toEqual([]);
  const ends = await Promise.allSettled(all.map(({ promise }) => promise));
  expect(ends.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(ends[1]).toMatchObject({ reason: { message: 'no key for it' } });
  const later = submit(store);
  await writer.landAll();
  await later.promise;
  expect((await store.list({ limit: 10 })).items).toHaveLength(3);
  expect((await store.counts()).queued).toBe(3);
});

test('what cannot be written there, and not here either, is told in the store’s words', async () => {
  const { path, store, writer } = await heldStore();
  await sql`pragma query_only = 1`.execute(store.db);
  const submitted = submit(store);
  await writer.holds(1);
  await writer.fail();
  await expect(submitted.promise).rejects.toMatchObject({ code: 'STORE_READ_ONLY', path });
  await sql`pragma query_only = 0`.execute(store.db);
  const later = submit(store);
  await writer.landAll();
  expect(await later.promise).toHaveLength(1);
  expect((await store.counts()).queued).toBe(1);
});
