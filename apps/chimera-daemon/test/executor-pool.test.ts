import { setImmediate } from 'node:timers/promises';
import type { AgentRequest, ModuleRun } from '@chimera/agents';
import { describe, expect, test } from 'vitest';
import { smallDaemon, threePhases, workflowOf } from './small-daemon.ts';

const fine: ModuleRun = () => ({ done: true });
const everyoneFine = { planner: fine, implementer: fine, validator: fine };

/** A function that ends only when told to. */
function gate() {
  const waiting: (() => void)[] = [];
  return {
    run: () => new Promise<void>((resolve) => waiting.push(resolve)),
    get inside() {
      return waiting.length;
    },
    openOne: () => waiting.shift()?.(),
  };
}

describe('a workflow', () => {
  test('runs through its phases and keeps what each left', async () => {
    const daemon = await smallDaemon({ agents: everyoneFine });
    daemon.pool.start();
    const id = await daemon.submit(threePhases);
    await daemon.advance(10);
    const state = await daemon.state(id);
    expect(state.status).toBe('completed');
    expect(state.artifacts.map(({ phase }) => phase)).toEqual(['plan', 'implement', 'validate']);
  });

  test('gives each agent the input, the artifacts before it and a key that is the same for every run of the visit', async () => {
    const requests: AgentRequest[] = [];
    const seen: ModuleRun = (request) => {
      requests.push(request);
      if (request.phase === 'implement' && request.attempt === 1) throw new Error('not yet');
      return request.phase;
    };
    const daemon = await smallDaemon({
      agents: { planner: seen, implementer: seen, validator: seen },
    });
    daemon.pool.start();
    await daemon.submit(threePhases, { feature: 'search' });
    await daemon.advance(5_000);
    expect(requests.map(({ phase, attempt }) => `${phase} ${attempt}`)).toEqual([
      'plan 1',
      'implement 1',
      'implement 2',
      'validate 1',
    ]);
    expect(requests[1]?.idempotencyKey).toBe(requests[2]?.idempotencyKey);
    expect(requests[3]?.input).toEqual({ feature: 'search' });
    expect(requests[3]?.artifacts.map(({ output }) => output)).toEqual(['plan', 'implement']);
  });
});

describe('a failed phase', () => {
  test('is retried after a stored delay, and holds no slot while it waits', async () => {
    let calls = 0;
    const daemon = await smallDaemon({
      size: 1,
      agents: {
        ...everyoneFine,
        planner: () => (calls++ < 2 ? Promise.reject(new Error('busy')) : 'plan'),
      },
    });
    daemon.pool.start();
    const id = await daemon.submit(threePhases);
    await daemon.advance(10);
    expect(await daemon.state(id)).toMatchObject({ status: 'waiting', reason: { kind: 'retry' } });
    expect(daemon.pool.running).toBe(0);
    await daemon.advance(10_000);
    expect(await daemon.state(id)).toMatchObject({ status: 'completed', retries: 2 });
  });

  test.for([['while it runs'], ['before it starts']])(
    'does not wait for an instant of a wrong clock, which was set right %s',
    async ([when]) => {
      const day = 86_400_000;
      let calls = 0;
      const agents = {
        ...everyoneFine,
        planner: () => (calls++ === 0 ? Promise.reject(new Error('busy')) : 'plan'),
      };
      const wrong = await smallDaemon({ agents });
      wrong.clock.jumpWall(day);
      wrong.pool.start();
      const id = await wrong.submit(threePhases);
      await wrong.advance(5);
      expect((await wrong.state(id)).status).toBe('waiting');
      let right = wrong;
      if (when === 'while it runs') {
        wrong.clock.jumpWall(-day);
      } else {
        void wrong.pool.stop(0);
        await wrong.advance(5);
        await wrong.store.close();
        right = await smallDaemon({ agents, path: wrong.path });
        right.pool.start();
      }
      await right.advance(5_100);
      expect((await right.state(id)).status).toBe('completed');
      expect(right.warnings).toContain('the clock was set back: what waited by it is woken');
    },
  );

  test('is a dead letter with its error once the retries are used up', async () => {
    const daemon = await smallDaemon({
      agents: { ...everyoneFine, planner: () => Promise.reject(new Error('never')) },
    });
    daemon.pool.start();
    const id = await daemon.submit(threePhases);
    await daemon.advance(60_000);
    expect((await daemon.state(id)).status).toBe('dead');
    const { items } = await daemon.deadLetters.list({ limit: 10 });
    expect(items).toHaveLength(1);
    expect(items[0]).toMatchObject({ taskId: id, phase: 'plan', retryCount: 3, status: 'open' });
    expect(items[0]?.error.message).toBe('never');
  });

  test('is not retried when the agent says that it cannot help', async () => {
    let calls = 0;
    const daemon = await smallDaemon({
      agents: {
        ...everyoneFine,
        planner: () => {
          calls += 1;
          return {
            outcome: 'failed',
            error: { code: 'NO', message: 'no such feature', retryable: false },
          };
        },
      },
    });
    daemon.pool.start();
    const id = await daemon.submit(threePhases);
    await daemon.advance(60_000);
    expect((await daemon.state(id)).status).toBe('dead');
    expect(calls).toBe(1);
  });
});

test('a phase whose agent is not configured any more is a dead letter that says so', async () => {
  const daemon = await smallDaemon({ agents: { planner: fine } });
  daemon.pool.start();
  await daemon.submit(threePhases);
  await daemon.advance(10);
  const { items } = await daemon.deadLetters.list({ limit: 10 });
  expect(items[0]).toMatchObject({
    phase: 'implement',
    agent: 'implementer',
    error: {
      code: 'AGENT_NOT_CONFIGURED',
      message: expect.stringContaining('"implementer"') as string,
    },
  });
});

describe('a timeout', () => {
  test('ends the phase, and counts as a failed attempt', async () => {
    const aborted: unknown[] = [];
    const daemon = await smallDaemon({
      agents: {
        ...everyoneFine,
        planner: (_request, { signal }) =>
          new Promise((_resolve, reject) => {
            signal.addEventListener('abort', () => {
              aborted.push(signal.reason);
              reject(signal.reason as Error);
            });
          }),
      },
    });
    daemon.pool.start();
    const id = await daemon.submit(threePhases);
    await daemon.advance(10_001);
    expect(aborted).toHaveLength(1);
    expect(await daemon.state(id)).toMatchObject({
      status: 'waiting',
      reason: { kind: 'retry', error: { code: 'AGENT_TIMEOUT' } },
    });
    expect(daemon.pool.running).toBe(0);
  });
});

describe('a rejected result', () => {
  test('goes back with its reason, keeps all artifacts and is no failure of the agent', async () => {
    const feedback: AgentRequest['feedback'][] = [];
    const daemon = await smallDaemon({
      agents: {
        ...everyoneFine,
        implementer: (request) => {
          feedback.push(request.feedback);
          return `try ${request.visit}`;
        },
        validator: ({ visit }) =>
          visit === 1
            ? { outcome: 'rejected', reason: 'tests fail', output: { failing: 1 } }
            : 'good',
      },
    });
    daemon.pool.start();
    const id = await daemon.submit(threePhases);
    await daemon.advance(100);
    const state = await daemon.state(id);
    expect(state.status).toBe('completed');
    expect(state.retries).toBe(0);
    expect(feedback.map((entries) => entries.map(({ reason }) => reason))).toEqual([
      [],
      ['tests fail'],
    ]);
    expect(
      state.artifacts.filter(({ phase }) => phase === 'implement').map(({ output }) => output),
    ).toEqual(['try 1', 'try 2']);
    expect(daemon.breakers.get('validator')?.status).toBe('closed');
  });

  test('dies when it was sent back as often as allowed, with the verdict as evidence', async () => {
    const daemon = await smallDaemon({
      agents: {
        ...everyoneFine,
        validator: () => ({
          outcome: 'rejected',
          reason: 'tests fail',
          output: { failing: 'adds' },
        }),
      },
    });
    daemon.pool.start();
    await daemon.submit(threePhases);
    await daemon.advance(100);
    const { items } = await daemon.deadLetters.list({ limit: 10 });
    expect(items[0]?.error).toMatchObject({
      code: 'REWORK_EXHAUSTED',
      details: { failing: 'adds' },
    });
  });
});

/** Its planner answers some inputs with what is no result. */
function garbled(bad: ReadonlySet<unknown>) {
  return smallDaemon({
    agents: {
      planner: ({ input }) =>
        bad.has(input.n) ? { status: 'succeeded', output: 'who knows' } : 'plan',
    },
  });
}

describe('output that cannot be read', () => {
  const stubborn = workflowOf([
    {
      name: 'plan',
      stage: 'planning',
      agent: 'planner',
      timeout: '10s',
      retry: { maxRetries: 9, base: '10ms' },
    },
  ]);
  test('of one input is the death of its workflow, and the agent goes on for the others', async () => {
    const daemon = await garbled(new Set([0]));
    daemon.pool.start();
    const id = await daemon.submit(stubborn, { n: 0 });
    await daemon.advance(60_000);
    expect(await daemon.state(id)).toMatchObject({
      status: 'dead',
      attempts: 10,
      cause: { error: { code: 'AGENT_OUTPUT_INVALID' } },
    });
    expect(daemon.breakers.get('planner')?.status).toBe('closed');
    const other = await daemon.submit(stubborn, { n: 1 });
    await daemon.advance(100);
    expect((await daemon.state(other)).status).toBe('completed');
  });

  test('of five workflows opens the breaker of their agent', async () => {
    const daemon = await garbled(new Set([0, 1, 2, 3, 4]));
    daemon.pool.start();
    for (let n = 0; n < 5; n += 1) await daemon.submit(stubborn, { n });
    await daemon.advance(200);
    expect(daemon.breakers.get('planner')?.status).toBe('open');
  });

  test('is forgotten once the agent answers well again', async () => {
    const daemon = await garbled(new Set([0, 1, 2, 3]));
    daemon.pool.start();
    for (let n = 0; n < 4; n += 1) await daemon.submit(stubborn, { n });
    await daemon.advance(60_000);
    expect(daemon.breakers.get('planner')?.status).toBe('closed');
    await daemon.submit(stubborn, { n: 5 });
    await daemon.advance(100);
    for (let n = 0; n < 4; n += 1) await daemon.submit(stubborn, { n });
    await daemon.advance(60_000);
    expect(daemon.breakers.get('planner')?.status).toBe('closed');
  });
});

describe('an open breaker', () => {
  const single = workflowOf([
    { name: 'plan', stage: 'planning', agent: 'planner', timeout: '10s' },
  ]);

  test('parks without spending an attempt, for however long the agent is down, and all finish after it is back', async () => {
    let isUp = false;
    let calls = 0;
    const daemon = await smallDaemon({
      size: 8,
      agents: {
        planner: () => {
          calls += 1;
          return isUp ? 'plan' : Promise.reject(new Error('down'));
        },
      },
    });
    daemon.pool.start();
    const ids = [];
    for (let n = 0; n < 8; n += 1) ids.push(await daemon.submit(single));
    await daemon.advance(3_600_000);
    expect(daemon.breakers.get('planner')?.status).not.toBe('closed');
    expect(daemon.pool.running).toBe(0);
    for (const id of ids) {
      const state = await daemon.state(id);
      expect(state).toMatchObject({
        status: 'waiting',
        reason: {
          kind: 'breaker-open',
          agent: 'planner',
          lastError: expect.stringContaining('down') as string,
        },
      });
      expect(state.attempts).toBeLessThanOrEqual(3);
    }
    const callsWhileDown = calls;
    expect(callsWhileDown).toBeLessThan(8 * 3 + 60 * 3 + 1);
    isUp = true;
    await daemon.advance(120_000);
    for (const id of ids) expect((await daemon.state(id)).status).toBe('completed');
  });

  test('does not keep a workflow alive that fails every time', async () => {
    const daemon = await smallDaemon({
      size: 4,
      agents: { planner: () => Promise.reject(new Error('poison')) },
    });
    daemon.pool.start();
    const ids = [await daemon.submit(single), await daemon.submit(single)];
    await daemon.advance(4 * 3_600_000);
    for (const id of ids) expect((await daemon.state(id)).status).toBe('dead');
  });

  test('closes by the work of others, though some that fail every time come before it', async () => {
    let isUp = false;
    const daemon = await smallDaemon({
      size: 4,
      agents: {
        planner: ({ input }) =>
          isUp && input.isPoison !== true ? 'plan' : Promise.reject(new Error('down')),
      },
    });
    daemon.pool.start();
    for (let n = 0; n < 3; n += 1) await daemon.submit(single, { isPoison: true }, 9);
    for (let n = 0; n < 30; n += 1) await daemon.submit(single, { n }, 1);
    await daemon.advance(300_000);
    isUp = true;
    await daemon.advance(180_000);
    expect((await daemon.store.counts()).completed).toBe(30);
  });

  test('leaves the work of other agents alone', async () => {
    const other = workflowOf(
      [{ name: 'check', stage: 'validation', agent: 'validator', timeout: '10s' }],
      'other',
    );
    const daemon = await smallDaemon({
      agents: { planner: () => Promise.reject(new Error('down')), validator: fine },
    });
    daemon.pool.start();
    for (let n = 0; n < 6; n += 1) await daemon.submit(single);
    await daemon.advance(30_000);
    const id = await daemon.submit(other);
    await daemon.advance(10);
    expect((await daemon.state(id)).status).toBe('completed');
  });
});

describe('the number of slots', () => {
  test('is never exceeded, and full while there is work', async () => {
    const { inside, openOne, run } = Object.assign(gate());
    expect(inside).toBe(0);
    const door = { openOne, run };
    let now = 0;
    let most = 0;
    const daemon = await smallDaemon({
      size: 3,
      agents: {
        ...everyoneFine,
        planner: async () => {
          now += 1;
          most = Math.max(most, now);
          await door.run();
          now -= 1;
        },
      },
    });
    daemon.pool.start();
    for (let n = 0; n < 7; n += 1) await daemon.submit(threePhases);
    await daemon.advance(5);
    expect(now).toBe(3);
    for (let n = 0; n < 7; n += 1) {
      door.openOne();
      await daemon.advance(5);
    }
    expect(most).toBe(3);
    expect((await daemon.store.counts()).completed).toBe(7);
  });

  test('is kept, and no run is lost, when a next phase is claimed in the commit that ends the last', async () => {
    let now = 0;
    let most = 0;
    let calls = 0;
    const busy: ModuleRun = async () => {
      calls += 1;
      now += 1;
      most = Math.max(most, now);
      // Of uneven length, so that outcomes and claims meet in one commit.
      for (let turn = calls % 7; turn > 0; turn -= 1) await setImmediate();
      now -= 1;
    };
    const daemon = await smallDaemon({
      size: 4,
      leaseMs: 600,
      agents: { planner: busy, implementer: busy, validator: busy },
    });
    daemon.pool.start();
    for (let n = 0; n < 60; n += 1) await daemon.submit(threePhases);
    await daemon.advance(2_000);
    expect((await daemon.store.counts()).completed).toBe(60);
    expect(calls).toBe(180);
    expect(most).toBeLessThanOrEqual(4);
    expect(daemon.pool.running).toBe(0);
  });

  test('is filled again in the commit that records what ran in it', async () => {
    const daemon = await smallDaemon({ size: 1, agents: everyoneFine });
    const events = async () => (await daemon.store.events({ limit: 100 })).map(({ type }) => type);
    const seen: (readonly string[])[] = [];
    const apply = daemon.store.apply.bind(daemon.store);
    daemon.store.apply = async (request) => {
      const applied = await apply(request);
      seen.push(await events());
      return applied;
    };
    daemon.pool.start();
    for (let n = 0; n < 2; n += 1)
      await daemon.submit(
        workflowOf([{ name: 'plan', stage: 'planning', agent: 'planner', timeout: '10s' }]),
      );
    await daemon.advance(10);
    expect(seen.map((types) => types.filter((type) => type !== 'submitted'))).toEqual([
      ['claimed', 'phase-succeeded', 'claimed'],
      ['claimed', 'phase-succeeded', 'claimed', 'phase-succeeded'],
    ]);
    expect(daemon.pool.running).toBe(0);
  });

  test('shrinks without killing, and grows at once', async () => {
    const door = gate();
    const daemon = await smallDaemon({ size: 3, agents: { ...everyoneFine, planner: door.run } });
    daemon.pool.start();
    for (let n = 0; n < 5; n += 1) await daemon.submit(threePhases);
    await daemon.advance(5);
    daemon.pool.resize(1);
    await daemon.advance(5);
    expect(daemon.pool.running).toBe(3);
    door.openOne();
    door.openOne();
    await daemon.advance(5);
    expect(daemon.pool.running).toBe(1);
    daemon.pool.resize(4);
    await daemon.advance(5);
    expect(daemon.pool.running).toBeGreaterThan(1);
  });
});

describe('the order', () => {
  test('is the scheduler’s: higher priority first, then the older', async () => {
    const order: unknown[] = [];
    const single = workflowOf([
      { name: 'plan', stage: 'planning', agent: 'planner', timeout: '10s' },
    ]);
    const daemon = await smallDaemon({
      size: 1,
      agents: { planner: ({ input }) => void order.push(input.n) },
    });
    for (const [n, priority] of [2, 9, 5, 9].entries()) {
      await daemon.submit(single, { n }, priority);
      await daemon.advance(1);
    }
    daemon.pool.start();
    await daemon.advance(100);
    expect(order).toEqual([1, 3, 2, 0]);
  });
});

test('a priority floor hides what is below it, however much of that waits', async () => {
  const order: unknown[] = [];
  const daemon = await smallDaemon({
    size: 1,
    minPriority: 8,
    agents: { planner: ({ input }) => void order.push(input.n) },
  });
  const single = workflowOf([
    { name: 'plan', stage: 'planning', agent: 'planner', timeout: '10s' },
  ]);
  await daemon.store.submit(
    Array.from({ length: 600 }, (_, n) => ({ definition: single, input: { n }, priority: 5 })),
  );
  await daemon.advance(5 * 3_600_000);
  await daemon.submit(single, { n: 'urgent' }, 10);
  daemon.pool.start();
  await daemon.advance(100);
  expect(order).toEqual(['urgent']);
});

describe('a cancellation', () => {
  test('of a running workflow aborts its phase, and it ends cancelled', async () => {
    const reasons: unknown[] = [];
    const daemon = await smallDaemon({
      agents: {
        ...everyoneFine,
        planner: (_request, { signal }) =>
          new Promise((_resolve, reject) => {
            signal.addEventListener('abort', () => {
              reasons.push(signal.reason);
              reject(new Error('stopped'));
            });
          }),
      },
    });
    daemon.pool.start();
    const id = await daemon.submit(threePhases);
    await daemon.advance(5);
    await daemon.store.apply({
      workflowId: id,
      event: { type: 'cancel-requested', at: daemon.clock.now(), reason: 'not needed' },
    });
    expect(daemon.pool.cancel(id)).toBe(true);
    await daemon.advance(5);
    expect(reasons).toHaveLength(1);
    expect((await daemon.state(id)).status).toBe('cancelled');
    expect(daemon.breakers.get('planner')?.status).toBe('closed');
  });
});

const plannedBy = (agent: string) =>
  workflowOf([{ name: 'plan', stage: 'planning', agent, timeout: '10s' }]);

test.for([
  ['parked', 'planner'],
  ['failed at once', 'removed'],
])('a workflow that is cancelled before it is %s is over', async ([, agent]) => {
  const over: string[] = [];
  const limited = {
    outcome: 'failed',
    error: { code: 'LIMITED', message: 'slow down', retryable: true },
    retryAfterMs: 60_000,
  };
  let cancelled: string | undefined;
  const daemon = await smallDaemon({
    agents: { planner: () => limited },
    onOver: async ({ id }) => void over.push(id),
    watch: {
      // Its claim is committed, and nobody has heard of it.
      claimed: ([claim]) => {
        if (cancelled === undefined || claim?.record.id !== cancelled) return;
        const event = { type: 'cancel-requested', at: daemon.clock.now(), reason: 'no' } as const;
        void daemon.store.apply({ workflowId: cancelled, event });
      },
    },
  });
  daemon.pool.start();
  await daemon.submit(plannedBy('planner'));
  await daemon.advance(5);
  await daemon.pool.pause();
  cancelled = await daemon.submit(plannedBy(String(agent)));
  daemon.pool.resume();
  await daemon.advance(5);
  expect((await daemon.state(cancelled)).status).toBe('cancelled');
  expect(over).toEqual([cancelled]);
});

describe('a stop', () => {
  test.for([0, 1, 2, 3, 4, 5])(
    'waits for a claim under way, %i turns after the start',
    async (turns) => {
      const door = gate();
      const daemon = await smallDaemon({ size: 1, agents: { ...everyoneFine, planner: door.run } });
      const id = await daemon.submit(threePhases);
      daemon.pool.start();
      for (let turn = 0; turn < turns; turn += 1) await setImmediate();
      let runningAfterStop: number | undefined;
      const stopped = daemon.pool.stop(1_000).then((report) => {
        runningAfterStop = daemon.pool.running;
        return report;
      });
      await daemon.advance(2_000);
      expect((await stopped).cut.length).toBe(door.inside);
      expect(runningAfterStop).toBe(0);
      expect(await daemon.state(id)).toMatchObject({
        status: 'queued',
        phase: 'plan',
        attempts: 0,
      });
    },
  );

  test('lets phases finish in time, and claims nothing new', async () => {
    const door = gate();
    const daemon = await smallDaemon({ size: 1, agents: { ...everyoneFine, planner: door.run } });
    daemon.pool.start();
    const id = await daemon.submit(threePhases);
    const other = await daemon.submit(threePhases);
    await daemon.advance(5);
    const stopped = daemon.pool.stop(10_000);
    door.openOne();
    await daemon.advance(10);
    expect(await stopped).toEqual({ finished: 1, cut: [] });
    expect(await daemon.state(id)).toMatchObject({ status: 'queued', phase: 'implement' });
    expect(await daemon.state(other)).toMatchObject({
      status: 'queued',
      phase: 'plan',
      attempts: 0,
    });
  });

  test('cuts what is not done at the deadline, and returns it to the queue with its attempt', async () => {
    const daemon = await smallDaemon({
      agents: { ...everyoneFine, planner: () => new Promise(() => {}) },
    });
    daemon.pool.start();
    const id = await daemon.submit(threePhases);
    await daemon.advance(5);
    const stopped = daemon.pool.stop(1_000);
    await daemon.advance(1_000);
    expect(await stopped).toEqual({
      finished: 0,
      cut: [{ workflowId: id, definition: 'test', phase: 'plan', ranForMs: 1_005 }],
    });
    expect(await daemon.state(id)).toMatchObject({
      status: 'queued',
      reason: 'shutdown',
      attempts: 0,
    });
    expect(daemon.breakers.get('planner')?.status).toBe('closed');
  });
});

describe('a stop that is asked for again', () => {
  const forEver = { ...everyoneFine, planner: () => new Promise<void>(() => {}) };

  test('can only become shorter', async () => {
    const daemon = await smallDaemon({ agents: forEver });
    daemon.pool.start();
    await daemon.submit(threePhases);
    await daemon.advance(5);
    const first = daemon.pool.stop(600_000);
    await daemon.advance(1_000);
    expect(daemon.pool.stopsInMs).toBe(599_000);
    const second = daemon.pool.stop(3_000);
    void daemon.pool.stop(900_000);
    expect(daemon.pool.stopsInMs).toBe(3_000);
    await daemon.advance(3_000);
    expect((await second).cut).toHaveLength(1);
    expect(await first).toEqual(await second);
  });

  test('at once cuts at once, and each phase once', async () => {
    const daemon = await smallDaemon({ size: 2, agents: forEver });
    daemon.pool.start();
    await daemon.submit(threePhases);
    await daemon.submit(threePhases);
    await daemon.advance(5);
    const stopped = daemon.pool.stop(600_000);
    void daemon.pool.stop(0);
    void daemon.pool.stop(0);
    await daemon.advance(1);
    expect((await stopped).cut).toHaveLength(2);
    expect((await stopped).finished).toBe(0);
  });
});

describe('a pause', () => {
  test('starts nothing, lets what runs go on, and ends with resume', async () => {
    const door = gate();
    const daemon = await smallDaemon({ size: 2, agents: { ...everyoneFine, planner: door.run } });
    daemon.pool.start();
    const running = await daemon.submit(threePhases);
    await daemon.advance(5);
    await daemon.pool.pause();
    const other = await daemon.submit(threePhases);
    door.openOne();
    await daemon.advance(60_000);
    expect(await daemon.state(running)).toMatchObject({ status: 'queued', phase: 'implement' });
    expect(await daemon.state(other)).toMatchObject({ status: 'queued', phase: 'plan' });
    expect(daemon.pool.running).toBe(0);
    daemon.pool.resume();
    await daemon.advance(5);
    expect((await daemon.state(running)).status).toBe('completed');
    expect((await daemon.state(other)).status).toBe('running');
  });

  test.for([0, 1, 2, 3, 4, 5])(
    'that is acknowledged lets nothing start any more, %i turns after the start',
    async (turns) => {
      const door = gate();
      const daemon = await smallDaemon({ size: 1, agents: { ...everyoneFine, planner: door.run } });
      await daemon.submit(threePhases);
      daemon.pool.start();
      for (let turn = 0; turn < turns; turn += 1) await setImmediate();
      await daemon.pool.pause();
      const started = daemon.pool.running;
      await daemon.advance(9_000);
      expect(daemon.pool.running).toBe(started);
      expect(door.inside).toBe(started);
    },
  );

  test('that came before the start holds from the start', async () => {
    const daemon = await smallDaemon({ agents: everyoneFine });
    await daemon.pool.pause();
    daemon.pool.start();
    const id = await daemon.submit(threePhases);
    await daemon.advance(60_000);
    expect((await daemon.state(id)).status).toBe('queued');
    daemon.pool.resume();
    await daemon.advance(10);
    expect((await daemon.state(id)).status).toBe('completed');
  });

  test('does not keep a stop from ending', async () => {
    const daemon = await smallDaemon({ agents: everyoneFine });
    daemon.pool.start();
    await daemon.pool.pause();
    expect(await daemon.pool.stop(1_000)).toEqual({ finished: 0, cut: [] });
    daemon.pool.resume();
    const id = await daemon.submit(threePhases);
    await daemon.advance(60_000);
    expect((await daemon.state(id)).status).toBe('queued');
  });
});

describe('a lease', () => {
  test('is renewed while its phase runs', async () => {
    const door = gate();
    const daemon = await smallDaemon({
      leaseMs: 3_000,
      agents: { ...everyoneFine, planner: door.run },
    });
    daemon.pool.start();
    const id = await daemon.submit(threePhases);
    await daemon.advance(9_000);
    const record = await daemon.store.get(id);
    expect(record?.lease?.expiresAt).toBeGreaterThan(daemon.clock.now());
  });

  test('that expired with nobody to renew it is recovered within seconds, and the work runs again', async () => {
    const daemon = await smallDaemon({ leaseMs: 3_000, agents: everyoneFine });
    const id = await daemon.submit(threePhases);
    await daemon.store.claim({
      holder: 'a process that is gone',
      leaseMs: 3_000,
      limit: 1,
      choose: (candidates) => candidates.map((candidate) => candidate.id),
    });
    daemon.pool.start();
    await daemon.advance(2_900);
    expect(await daemon.state(id)).toMatchObject({ status: 'running', recoveries: 0 });
    await daemon.advance(1_200);
    expect(await daemon.state(id)).toMatchObject({ status: 'completed', recoveries: 1 });
  });

  test('that was lost lets nothing be recorded', async () => {
    const door = gate();
    const daemon = await smallDaemon({
      leaseMs: 60_000,
      agents: { ...everyoneFine, planner: door.run },
    });
    daemon.pool.start();
    const id = await daemon.submit(threePhases);
    await daemon.advance(5);
    await daemon.store.recover({ deadHolders: () => true, now: daemon.clock.now() });
    const [taken] = await daemon.store.claim({
      holder: 'another',
      leaseMs: 60_000,
      limit: 1,
      choose: (candidates) => candidates.map((candidate) => candidate.id),
    });
    expect(taken?.record.id).toBe(id);
    door.openOne();
    await daemon.advance(5);
    expect(await daemon.state(id)).toMatchObject({ status: 'running', phase: 'plan' });
    expect((await daemon.store.get(id))?.lease?.holder).toBe('another');
  });

  test('that was taken ends its run, which is told', async () => {
    let isEnded = false;
    const daemon = await smallDaemon({
      leaseMs: 3_000,
      agents: {
        ...everyoneFine,
        planner: (_request, { signal }) =>
          new Promise((_resolve, reject) => {
            signal.addEventListener('abort', () => {
              isEnded = true;
              reject(new Error('ended'));
            });
          }),
      },
    });
    daemon.pool.start();
    const id = await daemon.submit(threePhases);
    await daemon.advance(5);
    await daemon.pool.pause();
    await daemon.store.recover({ deadHolders: () => true, now: daemon.clock.now() });
    await daemon.advance(1_000);
    expect(isEnded).toBe(true);
    expect(await daemon.state(id)).toMatchObject({ status: 'queued', reason: 'recovered' });
    expect(daemon.warnings).toContain(
      'its lease expired and was taken from it; it is ended here, and nothing of it is recorded',
    );
  });
});
