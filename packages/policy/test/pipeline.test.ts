import { getEventListeners } from 'node:events';
import * as fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import {
  type Call,
  type CallOptions,
  Coalesce,
  executeUnder,
  invoke,
  type Next,
  type Operation,
  pipeline,
  type Policy,
  Timeout,
} from '@chimera/policy';

/** Notes when a call goes down through it and when the result comes back up. */
class Tracer implements Policy {
  readonly name: string;
  readonly notes: string[];

  constructor(name: string, notes: string[]) {
    this.name = name;
    this.notes = notes;
  }

  execute<T>(operation: Operation<T>, options?: CallOptions): Promise<T> {
    return executeUnder(this, operation, options);
  }

  run<T>(call: Call<T>, next: Next): Promise<T> {
    this.notes.push(`>${this.name}`);
    return next(call).finally(() => this.notes.push(`<${this.name}`));
  }
}

const broken: Policy = {
  execute: () => Promise.reject(new Error('not used')),
  run: () => {
    throw new Error('this policy throws');
  },
};

test('an empty pipeline runs the operation', async () => {
  expect(await pipeline().execute(({ attempt }) => attempt)).toBe(1);
});

test('the leftmost policy is outermost, however pipelines are nested', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 5 }),
      async (groupSizes) => {
        const notes: string[] = [];
        const names: string[] = [];
        const nested = groupSizes.map((size) =>
          pipeline(
            ...Array.from({ length: size }, () => {
              names.push(`policy-${names.length}`);
              return new Tracer(names.at(-1) ?? '', notes);
            }),
          ),
        );
        await pipeline(...nested).execute(() => notes.push('operation'));
        expect(notes).toEqual([
          ...names.map((name) => `>${name}`),
          'operation',
          ...names.toReversed().map((name) => `<${name}`),
        ]);
      },
    ),
  );
});

test('a pipeline is a policy: it runs above any next', async () => {
  const notes: string[] = [];
  const inner = pipeline(new Tracer('a', notes), new Tracer('b', notes));
  const outer: Pick<Policy, 'run'> = {
    run: (call, next) =>
      inner.run(call, (passed) => {
        notes.push('between');
        return next(passed);
      }),
  };
  await executeUnder(outer, () => notes.push('operation'), undefined);
  expect(notes).toEqual(['>a', '>b', 'between', 'operation', '<b', '<a']);
});

test('what an operation throws, rejects', async () => {
  const thrown = new Error('thrown before the first await');
  const result = pipeline().execute(() => {
    throw thrown;
  });
  await expect(result).rejects.toBe(thrown);
});

test('values, undefined and thenables are legal results', async () => {
  expect(await pipeline().execute(() => 7)).toBe(7);
  expect(await pipeline().execute(() => undefined)).toBe(undefined);
  class Thenable implements PromiseLike<string> {
    // oxlint-disable-next-line unicorn/no-thenable -- what an operation returns need not be a Promise
    then: PromiseLike<string>['then'] = (onFulfilled) => Promise.resolve('later').then(onFulfilled);
  }
  expect(await pipeline().execute(() => new Thenable())).toBe('later');
});

test('a policy that throws rejects the execution', async () => {
  await expect(pipeline(broken).execute(() => 1)).rejects.toThrow('this policy throws');
  const { signal } = new AbortController();
  await expect(pipeline(broken).execute(() => 1, { signal })).rejects.toThrow('this policy throws');
  expect(getEventListeners(signal, 'abort')).toHaveLength(0);
});

test('a policy that throws costs those above it nothing that they hold for the call', async () => {
  let held = 0;
  const holder: Policy = {
    execute: (operation, options) => executeUnder(holder, operation, options),
    run: (call, next) => {
      held += 1;
      return next(call).finally(() => (held -= 1));
    },
  };
  await expect(pipeline(holder, broken).execute(() => 1)).rejects.toThrow('this policy throws');
  expect(held).toBe(0);
});

test('what an operation is told goes on to a call within it, whether there is a deadline or not', async () => {
  const within = pipeline().execute(({ signal, deadline }) =>
    pipeline().execute((inner) => inner.deadline, { signal, deadline, key: undefined }),
  );
  expect(await within).toBeUndefined();
});

test('the operation is told the deadline of the call, and no key that a call within would take up', async () => {
  const result = pipeline().execute((call) => [call.deadline, 'key' in call], {
    deadline: 900,
    key: 'user:1',
  });
  expect(await result).toEqual([900, false]);
});

test('an abort settles a hung operation at once', async () => {
  const controller = new AbortController();
  const result = pipeline().execute(() => new Promise(() => {}), { signal: controller.signal });
  controller.abort(new Error('enough'));
  await expect(result).rejects.toThrow('enough');
});

test('an aborted call never calls the operation', async () => {
  const calls: string[] = [];
  const signal = AbortSignal.abort('too late');
  const result = pipeline(new Tracer('a', calls)).execute(() => calls.push('called'), { signal });
  await expect(result).rejects.toBe('too late');
  expect(calls).toEqual([]);
});

test('a call aborted on its way down never calls the operation', async () => {
  let called = false;
  const gate: Pick<Policy, 'run'> = {
    run: (call, next) => {
      const child = call.child();
      child.abort('closed');
      return next(child);
    },
  };
  const result = executeUnder(gate, () => (called = true), undefined);
  await expect(result).rejects.toBe('closed');
  expect(called).toBe(false);
});

test('the listener on the caller goes when the execution settles', async () => {
  const { signal } = new AbortController();
  const finish = new EventTarget();
  const pending = new Promise<string>((resolve) => {
    finish.addEventListener('finish', () => resolve('done'));
  });
  const result = pipeline().execute(
    (call) => {
      expect(call.signal.aborted).toBe(false);
      return pending;
    },
    { signal },
  );
  expect(getEventListeners(signal, 'abort')).toHaveLength(1);
  finish.dispatchEvent(new Event('finish'));
  expect(await result).toBe('done');
  expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  const failed = pipeline().execute(() => Promise.reject(new Error('failed')), { signal });
  await expect(failed).rejects.toThrow('failed');
  expect(getEventListeners(signal, 'abort')).toHaveLength(0);
});

test('what stands below a policy is made once, not for each call', async () => {
  const seen: Next[] = [];
  const looker: Policy = {
    execute: (operation, options) => executeUnder(looker, operation, options),
    run: (call, next) => {
      seen.push(next);
      return next(call);
    },
  };
  const nested = pipeline(pipeline(looker, looker), looker);
  await nested.execute(() => 1);
  await nested.execute(() => 2);
  expect(seen[2]).toBe(invoke);
  expect(seen.slice(3)).toEqual(seen.slice(0, 3));
});

test('no AbortController is made while nobody reads the signal', async () => {
  let made = 0;
  vi.stubGlobal(
    'AbortController',
    class extends AbortController {
      constructor() {
        super();
        made += 1;
      }
    },
  );
  try {
    const policy = pipeline(new Timeout({ after: 10 }), new Coalesce(), new Timeout({ after: 5 }));
    await policy.execute(() => 1, { key: 'a' });
    await expect(policy.execute(() => Promise.reject(new Error('failed')))).rejects.toThrow(
      'failed',
    );
    expect(made).toBe(0);
    await policy.execute((call) => call.signal);
    expect(made).toBe(1);
  } finally {
    vi.unstubAllGlobals();
  }
});
