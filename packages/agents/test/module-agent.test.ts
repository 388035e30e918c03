import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadModuleAgent } from '../src/load-module-agent.ts';
import { ModuleAgent, type ModuleRun } from '../src/module-agent.ts';
import { Moment, Programs } from './programs.ts';
import { request, undisturbed } from './requests.ts';

const result = (run: ModuleRun) =>
  new ModuleAgent({ name: 'planner', run }).run(request(), undisturbed());

/** Lists in each other. */
function nested(levels: number): unknown {
  let value: unknown = [];
  for (let level = 1; level < levels; level += 1) value = [value];
  return value;
}

describe('what the function returns', () => {
  test.each([
    ['a plain value', { steps: ['a'] }, { outcome: 'succeeded', output: { steps: ['a'] } }],
    ['nothing', undefined, { outcome: 'succeeded', output: null }],
    [
      'its own kind of outcome',
      { outcome: 'pending' },
      { outcome: 'succeeded', output: { outcome: 'pending' } },
    ],
    [
      'a result',
      { outcome: 'succeeded', output: 1, evidence: 'seen' },
      { outcome: 'succeeded', output: 1, evidence: 'seen' },
    ],
    [
      'a rejection',
      { outcome: 'rejected', reason: 'thin', output: null },
      { outcome: 'rejected', reason: 'thin', output: null },
    ],
    [
      'a failure',
      { outcome: 'failed', error: { code: 'X', message: 'm', retryable: false } },
      { outcome: 'failed', error: { code: 'X', message: 'm', retryable: false } },
    ],
    [
      'a failure with its cause',
      {
        outcome: 'failed',
        error: { code: 'X', message: 'm', extra: 1, cause: { code: 'Y', message: 'n' } },
      },
      {
        outcome: 'failed',
        error: {
          code: 'X',
          message: 'm',
          retryable: true,
          cause: { code: 'Y', message: 'n', retryable: true },
        },
      },
    ],
    ...['the disk', null, new Error('disk full')].map((cause): [string, unknown, object] => [
      `a failure without its cause, where that is none: ${cause}`,
      { outcome: 'failed', error: { code: 'X', message: 'm', retryable: false, cause } },
      { outcome: 'failed', error: { code: 'X', message: 'm', retryable: false } },
    ]),
    [
      'a failure of too many words',
      { outcome: 'failed', error: { code: 'X'.repeat(300), message: 'm'.repeat(3_000) } },
      {
        outcome: 'failed',
        error: { code: `${'X'.repeat(100)}…`, message: `${'m'.repeat(2_000)}…`, retryable: true },
      },
    ],
    ['as many levels as there may be', nested(500), { outcome: 'succeeded', output: nested(500) }],
  ])('%s', async (_, returned, expected) => {
    expect(await result(() => returned)).toEqual(expected);
    expect(await result(async () => returned)).toEqual(expected);
  });

  test.each([
    ['a function', () => () => 1, 'a function is not JSON'],
    ['a bigint', () => ({ n: 1n }), 'BigInt'],
    [
      'a circle',
      () => {
        const circle: { self?: unknown } = {};
        circle.self = circle;
        return circle;
      },
      'circular',
    ],
    ['a rejection without reason', () => ({ outcome: 'rejected' }), 'at reason'],
    ['more levels than can be read again', () => nested(501), 'more than 500 levels deep'],
    ['so many levels that they exhaust the stack', () => nested(100_000), 'call stack'],
  ])('refuses %s', async (_, run, problem) => {
    expect(await result(run)).toMatchObject({
      outcome: 'failed',
      error: {
        code: 'AGENT_OUTPUT_INVALID',
        message: expect.stringContaining(problem) as string,
      },
    });
  });

  test('is copied: changing it later changes nothing', async () => {
    const output = { steps: 1 };
    const returned = await result(() => output);
    output.steps = 2;
    expect(returned).toEqual({ outcome: 'succeeded', output: { steps: 1 } });
  });
});

test.each(['succeeded', 'rejected', 'failed'])(
  'a command form of answer, status: %s, is refused: as an output its failure would be a success',
  async (status) => {
    expect(await result(() => ({ status, output: 1 }))).toMatchObject({
      outcome: 'failed',
      error: {
        code: 'AGENT_OUTPUT_INVALID',
        message: expect.stringContaining('no outcome') as string,
      },
    });
  },
);

test('gets the request and a signal', async () => {
  const context = undisturbed();
  const agent = new ModuleAgent({
    name: 'planner',
    run: ({ workflowId }, { signal }) => [workflowId, signal === context.signal],
  });
  expect(await agent.run(request(), context)).toMatchObject({ output: ['wf-1', true] });
});

function throwAtOnce(): never {
  throw new Error('no');
}

test('what it throws is a failure, thrown at once or later', async () => {
  const expected = { outcome: 'failed', error: { code: 'AGENT_THREW', message: 'no' } };
  expect(await result(throwAtOnce)).toMatchObject(expected);
  expect(await result(() => Promise.reject(new Error('no')))).toMatchObject(expected);
});

test('an abort settles it although the function does not listen, and a late error harms nobody', async () => {
  const controller = new AbortController();
  const late = new Moment();
  const agent = new ModuleAgent({
    name: 'planner',
    run: async () => {
      await late.reached;
      throw new Error('too late');
    },
  });
  const running = agent.run(request(), { signal: controller.signal });
  controller.abort(new DOMException('', 'TimeoutError'));
  expect(await running).toMatchObject({
    error: {
      code: 'AGENT_TIMEOUT',
      message: 'agent "planner" did not finish in time and was stopped',
    },
  });
  late.reach();
});

test('an aborted signal keeps the function from running', async () => {
  let calls = 0;
  const agent = new ModuleAgent({ name: 'planner', run: () => (calls += 1) });
  const aborted = await agent.run(request(), { signal: AbortSignal.abort('stop') });
  expect(aborted).toMatchObject({
    error: { code: 'AGENT_ABORTED', message: 'agent "planner" was stopped: stop' },
  });
  expect(calls).toBe(0);
});

describe('loaded from a file', () => {
  let programs: Programs;
  beforeEach(() => {
    programs = new Programs();
  });
  afterEach(() => programs[Symbol.dispose]());

  const file = (name: string, source: string) => {
    const path = join(programs.directory, name);
    writeFileSync(path, source);
    return path;
  };

  test('runs the export, named after the file', async () => {
    const path = file('reviewer.mjs', `export const run = ({ phase }) => phase;`);
    const agent = await loadModuleAgent(path);
    expect(agent.name).toBe('reviewer');
    expect(await agent.run(request(), undisturbed())).toMatchObject({ output: 'plan' });
  });

  test('runs another export under another name', async () => {
    const path = file('a.mjs', `export default () => 'default';`);
    const agent = await loadModuleAgent(path, 'default', 'guardian');
    expect(agent.name).toBe('guardian');
    expect(await agent.run(request(), undisturbed())).toMatchObject({ output: 'default' });
  });

  test('says what is wrong with the file', async () => {
    const nowhere = join(programs.directory, 'nowhere.mjs');
    await expect(loadModuleAgent(nowhere)).rejects.toMatchObject({
      code: 'AGENT_NOT_LOADED',
      path: nowhere,
      message: expect.stringContaining(`agent "nowhere": cannot load ${nowhere}: `) as string,
    });
    const broken = file('broken.mjs', `export const run = (;`);
    await expect(loadModuleAgent(broken)).rejects.toThrow(`cannot load ${broken}`);
    const other = file('other.mjs', `export const go = () => 1; export const run = 'no';`);
    await expect(loadModuleAgent(other)).rejects.toThrow(
      `agent "other": ${other} must export a function "run"; it exports go, run`,
    );
  });
});

test.for([
  [60_000, { retryAfterMs: 60_000 }],
  [0, { retryAfterMs: 0 }],
  [-1, {}],
  ['soon', {}],
  [Number.NaN, {}],
] as const)(
  'an error with a retryAfterMs of %s is a rate limit, if it is one',
  async ([given, kept]) => {
    const agent = new ModuleAgent({
      name: 'planner',
      run: () => {
        throw Object.assign(new Error('429'), { code: 'RATE_LIMITED', retryAfterMs: given });
      },
    });
    const { outcome, ...rest } = await agent.run(request(), undisturbed());
    expect(outcome).toBe('failed');
    const { error, ...beside } = rest as { error: { code: string } };
    expect([error.code, beside]).toEqual(['RATE_LIMITED', kept]);
  },
);
