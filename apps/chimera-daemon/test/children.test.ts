import type { AgentRequest } from '@chimera/agents';
import type { Json } from '@chimera/workflow';
import type { StoreWatch, WorkflowRecord } from '@chimera/workflow-store';
import { describe, expect, test } from 'vitest';
import { limitView } from '../src/http/limit-view.ts';
import { workflowSummary } from '../src/http/views.ts';
import { smallDaemon, workflowOf } from './small-daemon.ts';

const one = { stage: 'implementation', timeout: '10s' } as const;
const change = workflowOf([{ ...one, name: 'change', agent: 'coder' }], 'change');
const docs = workflowOf([{ ...one, name: 'write', agent: 'writer' }], 'docs');

const forEachFile = (join: 'all' | 'any' | { atLeast: number }, more = {}) =>
  workflowOf(
    [
      { ...one, name: 'plan', agent: 'planner' },
      {
        ...one,
        name: 'changes',
        children: {
          forEach: '/outputs/plan',
          start: [{ workflow: 'change', inputFrom: { file: '/item', ticket: '/input/ticket' } }],
          join,
        },
        ...more,
      },
      { ...one, name: 'review', agent: 'reviewer', inputFrom: { first: '/outputs/changes/0' } },
    ],
    'fan-out',
  );

const planner = () => ['a.ts', 'b.ts', 'c.ts'];
const textOf = (value: Json | undefined) => (typeof value === 'string' ? value : '');
const fileOf = ({ input }: AgentRequest) => textOf(input.file);

async function family(daemon: Awaited<ReturnType<typeof smallDaemon>>, parent: string) {
  const { items } = await daemon.store.list({ parent, limit: 10 });
  return items.toSorted((left, right) => (left.parent?.index ?? 0) - (right.parent?.index ?? 0));
}

/** Never ends by itself, but heeds its signal. */
const endless = (_request: AgentRequest, { signal }: { readonly signal: AbortSignal }) =>
  new Promise<Json>((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error));
  });

describe('a phase with children', () => {
  test('starts one for each item, holds no slot for them, and goes on with what they left, in order', async () => {
    const reviewed: AgentRequest[] = [];
    const daemon = await smallDaemon({
      size: 1,
      definitions: [change],
      agents: {
        planner,
        coder: (request) => `${textOf(request.input.ticket)}: ${fileOf(request)}`,
        reviewer: (request) => {
          reviewed.push(request);
          return null;
        },
      },
    });
    daemon.pool.start();
    const id = await daemon.submit(forEachFile('all'), { ticket: 'T' });
    await daemon.advance(1_000);
    const children = await family(daemon, id);
    const outputs = ['T: a.ts', 'T: b.ts', 'T: c.ts'].map((output, index) => ({
      workflowId: children[index]?.id,
      definition: 'change',
      status: 'completed',
      output,
    }));
    const state = await daemon.state(id);
    expect(state.status).toBe('completed');
    expect(state.artifacts[1]).toEqual({ phase: 'changes', visit: 1, output: outputs });
    expect(reviewed[0]?.phaseInput).toEqual({ first: outputs[0] });
  });

  test('of a diamond runs different workflows beside each other and joins them', async () => {
    const diamond = workflowOf(
      [
        { ...one, name: 'plan', agent: 'planner' },
        {
          ...one,
          name: 'both',
          children: {
            start: [
              { workflow: 'change', input: { file: 'a.ts' } },
              { workflow: 'docs', inputFrom: { about: '/outputs/plan/0' } },
            ],
          },
        },
        { ...one, name: 'review', agent: 'reviewer' },
      ],
      'diamond',
    );
    const daemon = await smallDaemon({
      definitions: [change, docs],
      agents: {
        planner,
        coder: fileOf,
        writer: ({ input }) => `about ${textOf(input.about)}`,
        reviewer: ({ artifacts }) => artifacts.at(-1)?.output ?? null,
      },
    });
    daemon.pool.start();
    const id = await daemon.submit(diamond);
    await daemon.advance(1_000);
    expect((await daemon.state(id)).artifacts.at(-1)?.output).toMatchObject([
      { definition: 'change', output: 'a.ts' },
      { definition: 'docs', output: 'about a.ts' },
    ]);
  });

  test('that needs any of them cancels the others, those that run too', async () => {
    const daemon = await smallDaemon({
      size: 3,
      definitions: [change],
      agents: {
        planner,
        coder: (request, context) =>
          fileOf(request) === 'b.ts' ? 'done' : endless(request, context),
        reviewer: () => null,
      },
    });
    daemon.pool.start();
    const id = await daemon.submit(forEachFile('any'), { ticket: 'T' });
    await daemon.advance(1_000);
    expect((await daemon.state(id)).status).toBe('completed');
    expect((await family(daemon, id)).map(({ state }) => state.status)).toEqual([
      'cancelled',
      'completed',
      'cancelled',
    ]);
    expect(daemon.pool.running).toBe(0);
  });

  test('tells a child that was cancelled from one that failed', async () => {
    let visits = 0;
    const daemon = await smallDaemon({
      definitions: [change],
      agents: {
        planner: () => {
          visits += 1;
          return visits === 1 ? ['a.ts', 'b.ts'] : ['a.ts'];
        },
        coder: (request) =>
          fileOf(request) === 'b.ts' ? new Promise(() => undefined) : Promise.resolve('done'),
        reviewer: () => null,
      },
    });
    daemon.pool.start();
    const id = await daemon.submit(forEachFile('all', { onRejected: 'plan' }), { ticket: 'T' });
    await daemon.advance(100);
    const { items } = await daemon.store.list({ parent: id, status: 'running', limit: 10 });
    for (const child of items) {
      const event = { type: 'cancel-requested', at: daemon.clock.now(), reason: 'no' } as const;
      await daemon.store.apply({ workflowId: child.id, event });
      daemon.pool.cancel(child.id);
    }
    await daemon.advance(1_000);
    expect((await daemon.state(id)).feedback.map(({ reason }) => reason)).toEqual([
      '1 of 2 children completed, 2 had to: 0 failed, 1 cancelled',
    ]);
  });

  test('goes where a rejection leads when too few of them complete, once all have ended', async () => {
    let visits = 0;
    const daemon = await smallDaemon({
      definitions: [change],
      agents: {
        planner: () => {
          visits += 1;
          return visits === 1 ? ['a.ts', 'bad'] : ['a.ts'];
        },
        coder: (request) =>
          fileOf(request) === 'bad'
            ? { outcome: 'failed', error: { code: 'NO', message: 'no', retryable: false } }
            : 'done',
        reviewer: () => null,
      },
    });
    daemon.pool.start();
    const id = await daemon.submit(forEachFile('all', { onRejected: 'plan' }), { ticket: 'T' });
    await daemon.advance(1_000);
    const { feedback, status } = await daemon.state(id);
    expect(status).toBe('completed');
    expect(feedback.map(({ reason }) => reason)).toEqual([
      '1 of 2 children completed, 2 had to: 1 failed',
    ]);
    const { items } = await daemon.deadLetters.list({ limit: 10 });
    expect(items).toHaveLength(1);
    expect((await daemon.deadLetters.get(items[0]?.id ?? '')).workflowState).toMatchObject({
      parent: { id, fork: '0:changes:1', index: 1 },
    });
  });

  test('that lasts longer than its timeout is rejected, and its children are stopped', async () => {
    const daemon = await smallDaemon({
      definitions: [change],
      agents: { planner, coder: endless, reviewer: () => null },
      size: 5,
    });
    daemon.pool.start();
    const id = await daemon.submit(forEachFile('all', { timeout: '2s' }), { ticket: 'T' });
    await daemon.advance(5_000);
    expect(await daemon.state(id)).toMatchObject({
      status: 'dead',
      cause: {
        kind: 'rejected',
        reason:
          '0 of 3 children completed, 3 had to within 2000 ms: 0 failed, 3 were still under way',
      },
    });
    expect((await family(daemon, id)).map(({ state }) => state.status)).toEqual([
      'cancelled',
      'cancelled',
      'cancelled',
    ]);
  });

  test.each([
    ['a list that is none', 'no list', 'NOT_A_LIST'],
    ['more children than a thousand', Array(1_001).fill('x'), 'TOO_MANY_CHILDREN'],
    ['fewer children than it needs', ['x'], 'TOO_FEW_CHILDREN'],
  ])('is a dead letter for %s', async (_what, plan, code) => {
    const daemon = await smallDaemon({
      definitions: [change],
      agents: { planner: () => plan, coder: fileOf, reviewer: () => null },
    });
    daemon.pool.start();
    const id = await daemon.submit(forEachFile({ atLeast: 2 }), { ticket: 'T' });
    await daemon.advance(100);
    expect(await daemon.state(id)).toMatchObject({ status: 'dead', cause: { error: { code } } });
    expect(await family(daemon, id)).toEqual([]);
  });

  test('goes on at once where there are none to wait for', async () => {
    const daemon = await smallDaemon({
      definitions: [change],
      agents: { planner: () => [], coder: fileOf, reviewer: () => null },
    });
    daemon.pool.start();
    const definition = workflowOf(
      [
        { ...one, name: 'plan', agent: 'planner' },
        {
          ...one,
          name: 'changes',
          children: { forEach: '/outputs/plan', start: [{ workflow: 'change' }] },
        },
      ],
      'none',
    );
    const id = await daemon.submit(definition);
    await daemon.advance(100);
    expect(await daemon.state(id)).toMatchObject({
      status: 'completed',
      artifacts: [{ output: [] }, { phase: 'changes', output: [] }],
    });
  });

  test('whose definition is gone says which to give back', async () => {
    const daemon = await smallDaemon({ agents: { planner, reviewer: () => null } });
    daemon.pool.start();
    const id = await daemon.submit(forEachFile('all'), { ticket: 'T' });
    await daemon.advance(100);
    expect(await daemon.state(id)).toMatchObject({
      status: 'dead',
      cause: { error: { code: 'UNKNOWN_DEFINITION' } },
    });
  });
});

test('as many children run at a time as their parent says, over a restart too, and the others say why they wait', async () => {
  const pace = workflowOf(
    [
      {
        ...one,
        name: 'changes',
        timeout: '1h',
        children: {
          forEach: ['a', 'b', 'c', 'd', 'e', 'f', 'g'],
          start: [{ workflow: 'change', inputFrom: { file: '/item' } }],
          maxParallel: 3,
        },
      },
    ],
    'pace',
  );
  const began: (readonly [number, string])[] = [];
  const options = {
    size: 10,
    definitions: [change],
    agents: {
      coder: (request: AgentRequest, { signal }: { readonly signal: AbortSignal }) =>
        new Promise<Json>((resolve, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason as Error));
          began.push([clock.now() - start, fileOf(request)]);
          clock.setTimer(() => resolve('done'), 1_000);
        }),
    },
  };
  const first = await smallDaemon(options);
  const { clock } = first;
  const start = clock.now();
  first.pool.start();
  const id = await first.submit(pace);
  await first.advance(1_500);
  expect(began.map(([at]) => at)).toEqual([0, 0, 0, 1_000, 1_000, 1_000]);
  expect(began.map(([, file]) => file)).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
  const last = (await family(first, id))[6];
  if (last === undefined) throw new Error('no seventh');
  const { store } = first;
  const obstacles = { pause: null, waitFor: (record: WorkflowRecord) => store.waitFor(record) };
  expect(workflowSummary(last, clock.now(), obstacles)).toMatchObject({
    why: 'phase "change" waits: 3 of 3 children of its parent run',
    parent: { id, fork: '0:changes:1', index: 6 },
  });
  expect((await store.keysHolding(5)).map(limitView)).toEqual([
    {
      key: `children 3 of ${id} 0:changes:1`,
      running: 3,
      concurrency: 3,
      rate: null,
      nextStartAt: null,
    },
  ]);
  const stopped = first.pool.stop(0);
  await first.advance(0);
  await stopped;
  await store.close();
  began.length = 0;
  const second = await smallDaemon({ ...options, clock, path: first.path, holder: 'second' });
  second.pool.start();
  await second.advance(500);
  expect(began.map(([, file]) => file)).toEqual(['d', 'e', 'f']);
  await second.advance(5_000);
  expect(began.map(([at]) => at - (began[0]?.[0] ?? 0))).toEqual([0, 0, 0, 1_000]);
  expect((await second.state(id)).status).toBe('completed');
});

test('a child that is redriven while its parent waits counts like any other', async () => {
  let failures = 0;
  const hold: (() => void)[] = [];
  const daemon = await smallDaemon({
    size: 3,
    definitions: [change],
    agents: {
      planner: () => ['bad', 'slow'],
      coder: async (request) => {
        if (fileOf(request) === 'slow') await new Promise<void>((resolve) => hold.push(resolve));
        else if (failures++ === 0)
          return { outcome: 'failed', error: { code: 'NO', message: 'no', retryable: false } };
        return 'done';
      },
      reviewer: () => null,
    },
  });
  daemon.pool.start();
  const id = await daemon.submit(forEachFile('all'), { ticket: 'T' });
  await daemon.advance(100);
  expect(await daemon.state(id)).toMatchObject({
    status: 'waiting',
    reason: { kind: 'children', pending: 1, done: 0, failed: 1 },
  });
  const dead = (await family(daemon, id))[0]?.id ?? '';
  await daemon.store.apply({
    workflowId: dead,
    event: { type: 'requeued', at: daemon.clock.now(), phase: 'change' },
  });
  daemon.pool.wake();
  await daemon.advance(100);
  expect(await daemon.state(id)).toMatchObject({ reason: { pending: 1, done: 1, failed: 0 } });
  hold[0]?.();
  await daemon.advance(100);
  expect((await daemon.state(id)).status).toBe('completed');
});

test('whoever watches the store hears of children that moved with their parent, and a phase of them is no demand', async () => {
  const told: (readonly [string, readonly string[]])[] = [];
  const watch: StoreWatch = {
    applied: ({ event }, applied) => {
      const { others = [] } = applied ?? {};
      if (others.length > 0) told.push([event.type, others.map(({ state }) => state.status)]);
    },
  };
  const daemon = await smallDaemon({ definitions: [change], agents: { planner }, watch });
  const { store } = daemon;
  const id = await daemon.submit(forEachFile('all'));
  const claim = async () => {
    const [claimed] = await store.claim({
      holder: 'h',
      leaseMs: 60_000,
      limit: 1,
      choose: (candidates) => candidates.map((each) => each.id),
    });
    return claimed?.token ?? 0;
  };
  const at = daemon.clock.now();
  const planned = { type: 'phase-succeeded', at, output: ['a', 'b'] } as const;
  await store.apply({ workflowId: id, token: await claim(), event: planned });
  expect(await store.queuedByAgent(10)).toEqual([]);
  const child = { definition: change, input: {}, priority: 5 };
  const started = { type: 'children-started', at, count: 2 } as const;
  const children = [child, child];
  await store.apply({ workflowId: id, token: await claim(), event: started, children });
  const event = { type: 'cancel-requested', at, reason: 'enough' } as const;
  await store.apply({ workflowId: id, event });
  expect(told).toEqual([
    ['children-started', ['queued', 'queued']],
    ['cancel-requested', ['cancelled', 'cancelled']],
  ]);
});
