import { getEventListeners } from 'node:events';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  Call,
  Coalesce,
  invoke,
  type Operation,
  pipeline,
  safe,
  Timeout,
  VirtualClock,
} from '@chimera/policy';

/** An operation that is settled by hand; each call is a run of its own. */
class Remote {
  readonly runs: {
    readonly signal: AbortSignal;
    readonly resolve: (value: unknown) => void;
    readonly reject: (error: unknown) => void;
  }[] = [];

  readonly operation = ({ signal }: { readonly signal: AbortSignal }): Promise<unknown> =>
    new Promise((resolve, reject) => this.runs.push({ signal, resolve, reject }));
}

const settled = (results: readonly Promise<unknown>[]) => Promise.allSettled(results);

test('calls with the same key share one run and its result', async () => {
  const coalesce = new Coalesce();
  const remote = new Remote();
  const value = { id: 7 };
  const results = [1, 2, 3].map(() => coalesce.execute(remote.operation, { key: 'user:7' }));
  expect([remote.runs.length, coalesce.size]).toEqual([1, 1]);
  remote.runs[0]?.resolve(value);
  expect((await Promise.all(results)).every((result) => result === value)).toBe(true);
  expect(coalesce.size).toBe(0);
});

test('a failure is shared too, and not kept', async () => {
  const coalesce = new Coalesce();
  const remote = new Remote();
  const failure = new Error('failed');
  const results = [1, 2].map(() => coalesce.execute(remote.operation, { key: 'a' }));
  remote.runs[0]?.reject(failure);
  const rejected = { status: 'rejected', reason: failure };
  expect(await settled(results)).toEqual([rejected, rejected]);
  expect(coalesce.size).toBe(0);
  void coalesce.execute(remote.operation, { key: 'a' });
  expect(remote.runs).toHaveLength(2);
});

test('a call within, that is given the context, asks for something else', async () => {
  const http = new Coalesce();
  const load = (what: string) =>
    new Coalesce().execute((context) => http.execute(() => Promise.resolve(what), context), {
      key: '7',
    });
  expect(await Promise.all([load('user 7'), load('order 7')])).toEqual(['user 7', 'order 7']);
});

test('other keys, and calls without one, run by themselves', () => {
  const coalesce = new Coalesce();
  const remote = new Remote();
  for (const key of ['a', 'b']) void coalesce.execute(remote.operation, { key });
  void coalesce.execute(remote.operation);
  void coalesce.execute(remote.operation);
  expect([remote.runs.length, coalesce.size]).toEqual([4, 2]);
});

test("one caller's abort leaves the others their run", async () => {
  const coalesce = new Coalesce();
  const remote = new Remote();
  const impatient = new AbortController();
  const patient = new AbortController();
  const results = [impatient, patient].map(({ signal }) =>
    coalesce.execute(remote.operation, { key: 'a', signal }),
  );
  impatient.abort('enough');
  expect(remote.runs[0]?.signal.aborted).toBe(false);
  remote.runs[0]?.resolve('value');
  expect(await settled(results)).toEqual([
    { status: 'rejected', reason: 'enough' },
    { status: 'fulfilled', value: 'value' },
  ]);
  for (const { signal } of [impatient, patient]) {
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  }
});

test('a run that nobody waits for any more is aborted, and nobody joins it', async () => {
  const coalesce = new Coalesce();
  const remote = new Remote();
  const callers = [new AbortController(), new AbortController()];
  const results = callers.map(({ signal }) =>
    coalesce.execute(remote.operation, { key: 'a', signal }),
  );
  callers[1]?.abort('second left');
  callers[0]?.abort('first left');
  const [first] = remote.runs;
  expect([first?.signal.aborted, first?.signal.reason]).toEqual([true, 'first left']);
  const later = coalesce.execute(remote.operation, { key: 'a' });
  expect(remote.runs).toHaveLength(2);
  first?.reject(new Error('interrupted'));
  await settled(results);
  expect(coalesce.size).toBe(1);
  remote.runs[1]?.resolve('value');
  expect(await later).toBe('value');
});

test('a timeout above lets its own caller go only', async () => {
  const clock = new VirtualClock();
  const coalesce = new Coalesce();
  const remote = new Remote();
  const hasty = pipeline(new Timeout({ after: 10 }, { clock }), coalesce);
  const patient = pipeline(new Timeout({ after: 100 }, { clock }), coalesce);
  const results = settled(
    [hasty, patient].map((policy) => policy.execute(remote.operation, { key: 'a' })),
  );
  await clock.advance(50);
  remote.runs[0]?.resolve('value');
  expect(await results).toMatchObject([
    { status: 'rejected', reason: { code: 'TIMEOUT' } },
    { status: 'fulfilled', value: 'value' },
  ]);
  expect(remote.runs).toHaveLength(1);
});

test('a call that has its result is forgotten by the call above, which lives on', async () => {
  for (const act of [() => 'value', () => Promise.reject(new Error('failed'))]) {
    const caller = new AbortController();
    const signals: AbortSignal[] = [];
    const operation: Operation<string> = ({ signal }) => {
      signals.push(signal);
      return act();
    };
    const above = new Call(operation, 1, undefined, caller.signal, undefined, 'a');
    await settled([new Coalesce().run(above, invoke)]);
    caller.abort();
    expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
  }
});

test('an aborted call starts nothing', async () => {
  const remote = new Remote();
  const signal = AbortSignal.abort('too late');
  const result = new Coalesce().execute(remote.operation, { key: 'a', signal });
  await expect(result).rejects.toBe('too late');
  expect(remote.runs).toHaveLength(0);
});

test('a joined call says so in its report', async () => {
  const coalesce = new Coalesce({ name: 'users' });
  const remote = new Remote();
  const first = safe(coalesce, remote.operation, { key: 'a' });
  const second = safe(coalesce, remote.operation, { key: 'a' });
  remote.runs[0]?.resolve('value');
  expect((await first).report).toMatchObject({ attempts: 1, decisions: [] });
  expect((await second).report).toMatchObject({
    attempts: 0,
    decidedBy: 'operation',
    decisions: [{ policy: 'users', action: 'join', reason: '"a" is already running' }],
  });
});

test('at any time a key has at most one live run, and every caller that stays gets its result', async () => {
  type Step =
    | { readonly kind: 'call'; readonly key: string }
    | { readonly kind: 'abort' | 'settle'; readonly at: number };
  const step: fc.Arbitrary<Step> = fc.oneof(
    fc.record({ kind: fc.constant('call'), key: fc.constantFrom('a', 'b') }),
    fc.record({ kind: fc.constantFrom('abort', 'settle'), at: fc.nat(10) }),
  );
  interface ModelRun {
    readonly id: number;
    readonly key: string;
    waiting: number;
    state: 'live' | 'abandoned' | 'settled';
  }
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      const coalesce = new Coalesce();
      const remote = new Remote();
      const runs: ModelRun[] = [];
      const callers: {
        controller: AbortController;
        run: ModelRun;
        hasLeft: boolean;
        result: Promise<unknown>;
      }[] = [];
      for (const next of steps) {
        if (next.kind === 'call') {
          const controller = new AbortController();
          const { signal } = controller;
          const result = coalesce.execute(remote.operation, { key: next.key, signal });
          let run = runs.find(({ key, state }) => key === next.key && state === 'live');
          if (run === undefined) {
            run = { id: runs.length, key: next.key, waiting: 0, state: 'live' };
            runs.push(run);
          }
          run.waiting += 1;
          callers.push({ controller, run, hasLeft: false, result });
        } else if (next.kind === 'abort') {
          const caller = callers[next.at];
          if (caller === undefined || caller.run.state === 'settled') continue;
          caller.controller.abort('left');
          if (caller.hasLeft) continue;
          caller.hasLeft = true;
          caller.run.waiting -= 1;
          if (caller.run.waiting === 0) caller.run.state = 'abandoned';
        } else {
          const run = runs[next.at];
          if (run?.state !== 'live') continue;
          remote.runs[run.id]?.resolve(run.id);
          run.state = 'settled';
          await Promise.allSettled(
            callers.filter((caller) => caller.run === run).map(({ result }) => result),
          );
        }
        expect(remote.runs).toHaveLength(runs.length);
        expect(coalesce.size).toBe(runs.filter(({ state }) => state === 'live').length);
        expect(remote.runs.map(({ signal }) => signal.aborted)).toEqual(
          runs.map(({ state }) => state === 'abandoned'),
        );
      }
      for (const { id } of runs) remote.runs[id]?.resolve(id);
      const results = await settled(callers.map(({ result }) => result));
      expect(results).toEqual(
        callers.map(({ hasLeft, run }) =>
          hasLeft ? { status: 'rejected', reason: 'left' } : { status: 'fulfilled', value: run.id },
        ),
      );
    }),
  );
});
