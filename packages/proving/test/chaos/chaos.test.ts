import { ModuleAgent, type Agent, type AgentRequest } from '@chimera/agents';
import { describe, expect, test } from 'vitest';
import { Chaos, ChaosError, type FaultRule, type Injected } from '../../src/chaos.ts';
import { type World, world } from '../../src/index.ts';

function chaosOf(rule: FaultRule, inWorld: World = world()) {
  const injected: Injected[] = [];
  const { clock } = inWorld;
  const onFault = (each: Injected) => injected.push(each);
  return { chaos: new Chaos({ rules: [rule] }, { clock, onFault }), inWorld, injected };
}

/** Lets what was called begin, and then time pass. */
async function pass(inWorld: World, ms: number): Promise<void> {
  await inWorld.settle();
  await inWorld.advance(ms);
}

/** What has become of a call, and when. */
function watched<T>(inWorld: World, call: Promise<T>) {
  const seen: { at?: number; value?: T; error?: unknown } = {};
  call.then(
    (value) => Object.assign(seen, { at: inWorld.now, value }),
    (error: unknown) => Object.assign(seen, { at: inWorld.now, error }),
  );
  return seen;
}

describe('a function', () => {
  test('with latency is called later', async () => {
    const { chaos, inWorld } = chaosOf({ fault: 'latency', ms: 30 });
    const calledAt: number[] = [];
    const seen = watched(
      inWorld,
      chaos.wrap('work', (word: string) => {
        calledAt.push(inWorld.now);
        return `${word}!`;
      })('done'),
    );
    await pass(inWorld, 100);
    expect(calledAt).toEqual([30]);
    expect(seen).toEqual({ at: 30, value: 'done!' });
  });

  test('whose answer is late is called at once', async () => {
    const { chaos, inWorld } = chaosOf({ fault: 'late', ms: 30 });
    const calledAt: number[] = [];
    const call = chaos.wrap('work', () => calledAt.push(inWorld.now))();
    const seen = watched(inWorld, call);
    await pass(inWorld, 100);
    expect(calledAt).toEqual([0]);
    expect(seen).toEqual({ at: 30, value: 1 });
  });

  test('whose failure is late fails late, with its own error', async () => {
    const { chaos, inWorld } = chaosOf({ fault: 'late', ms: 30 });
    const error = new Error('its own');
    const seen = watched(inWorld, chaos.wrap('work', () => Promise.reject(error))());
    await pass(inWorld, 100);
    expect(seen).toEqual({ at: 30, error });
  });

  test('with an error is not called', async () => {
    const { chaos } = chaosOf({ fault: 'error', code: 'DOWN', until: 1 });
    let calls = 0;
    const work = chaos.wrap('work', () => (calls += 1));
    await expect(work()).rejects.toMatchObject({
      code: 'DOWN',
      key: 'work',
      call: 0,
      message: 'Call 0 of "work" fails as planned (error)',
    });
    expect(await work()).toBe(1);
  });

  test('that hangs answers nobody, until it is aborted', async () => {
    const { chaos, inWorld } = chaosOf({ fault: 'hang' });
    const controller = inWorld.controller();
    const work = chaos.wrap('work', (_options: { readonly signal: AbortSignal }) => 'never');
    const seen = watched(inWorld, work({ signal: controller.signal }));
    await pass(inWorld, 1_000_000);
    expect(seen).toEqual({});
    controller.abort(new Error('enough'));
    await inWorld.settle();
    expect(seen.error).toEqual(new Error('enough'));
    expect(inWorld.leaks().listeners).toBe(0);
  });

  test('that is aborted while it is held up is never called, and leaves no timer', async () => {
    const { chaos, inWorld } = chaosOf({ fault: 'latency', ms: 30 });
    const controller = inWorld.controller();
    let calls = 0;
    const work = chaos.wrap('work', (_signal: AbortSignal) => (calls += 1));
    const seen = watched(inWorld, work(controller.signal));
    await pass(inWorld, 10);
    controller.abort(new Error('enough'));
    await pass(inWorld, 100);
    expect(seen).toEqual({ at: 10, error: new Error('enough') });
    expect(calls).toBe(0);
    expect(inWorld.leaks()).toEqual({ timers: 0, listeners: 0, promises: 0 });
  });

  test('that is duplicated is called twice, and the first answer counts', async () => {
    const { chaos } = chaosOf({ fault: 'duplicate' });
    let calls = 0;
    expect(await chaos.wrap('work', () => (calls += 1))()).toBe(1);
    expect(calls).toBe(2);
  });

  test('gives a part of what has parts, and else loses its answer', async () => {
    const { chaos } = chaosOf({ fault: 'partial', keep: 0.5 });
    expect(await chaos.wrap('a', () => 'abcdef')()).toBe('abc');
    expect(await chaos.wrap('b', () => [1, 2, 3])()).toEqual([1]);
    expect(await chaos.wrap('c', () => Uint8Array.of(1, 2))()).toEqual(Uint8Array.of(1));
    let isDone = false;
    const lost = chaos.wrap('d', () => {
      isDone = true;
      return { rows: 1 };
    });
    await expect(lost()).rejects.toThrow(ChaosError);
    expect(isDone).toBe(true);
  });

  test('that drips gives its pieces with a pause before each', async () => {
    const { chaos, inWorld } = chaosOf({ fault: 'drip', ms: 5, pieces: 4 });
    const seen = watched(inWorld, chaos.wrap('work', () => 'whole')());
    await pass(inWorld, 100);
    expect(seen).toEqual({ at: 20, value: 'whole' });
    const pieces = chaos.wrap('stream', async function* () {
      yield* ['a', 'b'];
    })();
    const at: string[] = [];
    const reading = (async () => {
      for await (const piece of await pieces) at.push(`${piece} ${inWorld.now}`);
    })();
    await pass(inWorld, 100);
    await reading;
    expect(at).toEqual(['a 105', 'b 110']);
  });
});

test('the same plan does the same to each key, however the calls interleave', async () => {
  const plan = { rules: [{ fault: 'error', share: 0.5 }] } as const;
  const play = async (order: readonly string[]) => {
    const told: string[] = [];
    const chaos = new Chaos(plan, { onFault: ({ call, key }) => told.push(`${key} ${call}`) });
    for (const key of order)
      await chaos
        .wrap(key, () => 'fine')()
        .catch(() => undefined);
    return told.sort();
  };
  const one = Array.from({ length: 40 }, (_, index) => (index % 2 === 0 ? 'a' : 'b'));
  const told = await play(one);
  expect(told.length).toBeGreaterThan(5);
  expect(told.length).toBeLessThan(35);
  expect(await play(one.toSorted())).toEqual(told);
  expect(await play(one.toReversed())).toEqual(told);
});

test('turned off, calls go well and are still counted', async () => {
  const { chaos, injected } = chaosOf({ fault: 'error', from: 1 });
  const work = chaos.wrap('work', () => 'fine');
  chaos.turn(false);
  expect(await Promise.all([work(), work(), work()])).toEqual(['fine', 'fine', 'fine']);
  chaos.turn(true);
  await expect(work()).rejects.toThrow('Call 3');
  expect(injected.map(({ call }) => call)).toEqual([3]);
});

describe('fetch', () => {
  const server: typeof fetch = async (input, init) => {
    const request = new Request(input, init);
    const body = request.method === 'POST' ? await request.text() : 'hello, world';
    received.push(body);
    return new Response(body, { status: 201, headers: { 'x-own': 'yes' } });
  };
  const received: string[] = [];
  const url = 'http://api.test/orders';

  test('fails as fetch does', async () => {
    const { chaos, injected } = chaosOf({ fault: 'error' });
    const call = chaos.fetch({ fetch: server })(url);
    await expect(call).rejects.toThrow(new TypeError('fetch failed'));
    expect(injected).toMatchObject([{ key: 'api.test', call: 0 }]);
  });

  test('is answered with a planned status', async () => {
    const { chaos } = chaosOf({ fault: 'error', status: 503, message: 'busy' });
    const response = await chaos.fetch({ fetch: server })(url);
    expect([response.status, await response.text()]).toEqual([503, 'busy']);
  });

  test('gets the first part of a body, and then the connection ends', async () => {
    const { chaos } = chaosOf({ fault: 'partial', keep: 0.5 });
    const response = await chaos.fetch({ fetch: server })(url);
    expect([response.status, response.headers.get('x-own')]).toEqual([201, 'yes']);
    const reader = response.body?.getReader();
    const first = await reader?.read();
    expect(new TextDecoder().decode(first?.value)).toBe('hello,');
    await expect(reader?.read()).rejects.toThrow(new TypeError('terminated'));
  });

  test('gets a body that drips', async () => {
    const { chaos, inWorld } = chaosOf({ fault: 'drip', ms: 10, pieces: 3 });
    const response = await chaos.fetch({ fetch: server })(url);
    const seen = watched(inWorld, response.text());
    await pass(inWorld, 100);
    expect(seen).toEqual({ at: 30, value: 'hello, world' });
  });

  test('sends a duplicate with its body', async () => {
    const { chaos } = chaosOf({ fault: 'duplicate' });
    received.length = 0;
    await chaos.fetch({ fetch: server })(url, { method: 'POST', body: 'order' });
    expect(received).toEqual(['order', 'order']);
  });

  test('hangs until its signal aborts', async () => {
    const { chaos, inWorld } = chaosOf({ fault: 'hang' });
    const call = chaos.fetch({ fetch: server, key: () => 'own' });
    const controller = new AbortController();
    const seen = watched(inWorld, call(url, { signal: controller.signal }));
    await pass(inWorld, 1_000);
    expect(seen).toEqual({});
    controller.abort(new Error('enough'));
    await inWorld.settle();
    expect(seen.error).toEqual(new Error('enough'));
  });
});

describe('an agent', () => {
  const request: AgentRequest = {
    idempotencyKey: 'k',
    workflowId: 'w',
    definition: 'd',
    phase: 'plan',
    stage: 'planning',
    action: 'plan',
    visit: 1,
    attempt: 1,
    input: {},
    phaseInput: {},
    artifacts: [],
    feedback: [],
    workspace: undefined,
  };
  const runs = (chaos: Chaos, output: unknown = 'a long answer') => {
    const keys: string[] = [];
    const agent: Agent = chaos.agent(
      new ModuleAgent({
        name: 'planner',
        run: ({ idempotencyKey }) => {
          keys.push(idempotencyKey);
          return output;
        },
      }),
    );
    return { keys, run: (signal = new AbortController().signal) => agent.run(request, { signal }) };
  };

  test('that fails says so as an outcome', async () => {
    const { chaos } = chaosOf({ fault: 'error', keys: ['planner'], code: 'OVERLOADED' });
    expect(await runs(chaos).run()).toMatchObject({
      outcome: 'failed',
      error: { code: 'OVERLOADED', retryable: true },
    });
  });

  test('that hangs ends by its timeout as a failure, and does not reject', async () => {
    const { chaos, inWorld } = chaosOf({ fault: 'hang' });
    const controller = new AbortController();
    const seen = watched(inWorld, runs(chaos).run(controller.signal));
    await pass(inWorld, 1_000);
    expect(seen).toEqual({});
    controller.abort(new DOMException('10 s are over', 'TimeoutError'));
    await inWorld.settle();
    expect(seen.value).toMatchObject({ outcome: 'failed', error: { code: 'AGENT_TIMEOUT' } });
  });

  test('that is cut gives a part of its output, or loses it', async () => {
    const { chaos } = chaosOf({ fault: 'partial', keep: 0.5 });
    expect(await runs(chaos).run()).toMatchObject({ outcome: 'succeeded', output: 'a long' });
    expect(await runs(chaos, { plan: 1 }).run()).toMatchObject({
      outcome: 'failed',
      error: { code: 'CHAOS_PARTIAL' },
    });
  });

  test('that is duplicated runs twice under one key', async () => {
    const { chaos } = chaosOf({ fault: 'duplicate' });
    const { keys, run } = runs(chaos);
    expect(await run()).toMatchObject({ outcome: 'succeeded' });
    expect(keys).toEqual(['k', 'k']);
  });
});
