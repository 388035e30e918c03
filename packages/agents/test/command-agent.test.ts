import { VirtualClock } from '@chimera/policy';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { AgentResult } from '../src/agent.ts';
import { CommandAgent, type CommandAgentOptions } from '../src/command-agent.ts';
import { Programs } from './programs.ts';
import { withoutResources } from './resources.ts';
import { request, undisturbed } from './requests.ts';

let programs: Programs;
beforeEach(() => {
  programs = new Programs();
});
afterEach(() => programs[Symbol.dispose]());

function agent(source: string, options: Partial<CommandAgentOptions> = {}): CommandAgent {
  const command = programs.write('agent.cjs', source);
  return new CommandAgent({ name: 'coder', command, environment: programs.env, ...options });
}

function answer(source: string, options: Partial<CommandAgentOptions> = {}): Promise<AgentResult> {
  return agent(source, options).run(request(), undisturbed());
}

test('gets the request on stdin and answers on stdout, with evidence', async () => {
  const result = await answer(
    `let text = ''; process.stdin.on('data', (c) => { text += c; }).on('end', () => {
       console.error('thinking'); console.log(JSON.stringify({ status: 'succeeded', output: JSON.parse(text) })); });`,
  );
  expect(withoutResources(result)).toEqual({
    outcome: 'succeeded',
    output: JSON.parse(JSON.stringify(request())),
    evidence: {
      exitCode: 0,
      signal: null,
      durationMs: expect.any(Number),
      stdoutBytes: expect.any(Number),
      stderrBytes: 9,
      stdoutTail: expect.stringContaining('"wf-1"'),
      stderrTail: 'thinking\n',
    },
  });
});

function says(
  text: string,
  exitCode = 0,
  options: Partial<CommandAgentOptions> = {},
): Promise<AgentResult> {
  const source = `process.stdout.write(${JSON.stringify(text)}); process.exitCode = ${exitCode};`;
  return answer(source, options);
}

describe('what stdout says', () => {
  test.each([
    ['success without output', '{"status":"succeeded"}', { outcome: 'succeeded', output: null }],
    [
      'an answer over several lines',
      '{\n "status": "succeeded",\n "output": [1]\n}\n',
      { outcome: 'succeeded', output: [1] },
    ],
    [
      'an answer in the last line that is not empty',
      'compiling…\n{"status":"failed"}\n{"status":"succeeded","output":2}\n\n',
      { outcome: 'succeeded', output: 2 },
    ],
    [
      'a rejection',
      '{"status":"rejected","reason":"no tests","output":{"score":0.4}}',
      { outcome: 'rejected', reason: 'no tests', output: { score: 0.4 } },
    ],
    [
      'a failure that can be retried',
      '{"status":"failed","error":{"code":"RATE_LIMITED","message":"try later"}}',
      {
        outcome: 'failed',
        error: { code: 'RATE_LIMITED', message: 'try later', retryable: true },
      },
    ],
    [
      'a failure that cannot',
      '{"status":"failed","reason":"no such ticket","retryable":false}',
      {
        outcome: 'failed',
        error: { code: 'AGENT_FAILED', message: 'no such ticket', retryable: false },
      },
    ],
    [
      'failure of too many words',
      JSON.stringify({
        status: 'failed',
        error: { code: 'X'.repeat(300), message: 'm'.repeat(3_000) },
      }),
      {
        outcome: 'failed',
        error: { code: `${'X'.repeat(100)}…`, message: `${'m'.repeat(2_000)}…` },
      },
    ],
    [
      'failure for a reason of too many words',
      JSON.stringify({ status: 'failed', reason: 'm'.repeat(3_000) }),
      { outcome: 'failed', error: { message: `${'m'.repeat(2_000)}…` } },
    ],
  ])('%s', async (_, text, expected) => {
    expect(await says(text)).toMatchObject(expected);
  });

  test.each([
    ['nothing', '', /: it is empty; it starts: $/],
    [
      'prose',
      'All done!\nBye.\n',
      /: neither the whole output nor its last line is JSON; it starts: All done!\nBye\.\n$/,
    ],
    [
      'another status',
      '{"status":"done"}',
      /Invalid .* at status; it starts: \{"status":"done"\}$/,
    ],
    ['a number', '42', /expected object.*; it starts: 42$/],
    ['too much prose', 'x'.repeat(300), /it starts: x{200}$/],
    [
      'more levels than can be read again',
      `{"status":"succeeded","output":${'['.repeat(500)}${']'.repeat(500)}}`,
      /: it is more than 500 levels deep; it starts: \{"status":"succeeded"/,
    ],
  ])('an answer that is none: %s', async (_, text, message) => {
    expect(await says(text)).toMatchObject({
      outcome: 'failed',
      error: {
        code: 'AGENT_OUTPUT_INVALID',
        message: expect.stringMatching(message) as string,
        retryable: true,
        details: { exitCode: 0, stdoutTail: text },
      },
    });
  });

  test('a non-zero exit is never a success, but lets a rejection and a failure stand', async () => {
    expect(await says('{"status":"succeeded"}', 3)).toMatchObject({
      outcome: 'failed',
      error: {
        code: 'AGENT_EXIT',
        message: 'agent "coder" exited with code 3 although it said that it had succeeded',
      },
    });
    expect(await says('{"status":"rejected","reason":"red"}', 1)).toMatchObject({
      outcome: 'rejected',
      reason: 'red',
    });
    expect(await says('{"status":"failed","error":{"message":"m"}}', 1)).toMatchObject({
      error: { code: 'AGENT_FAILED', message: 'm' },
    });
  });

  test('a crash without an answer may be tried again', async () => {
    expect(await says('garbage', 1)).toMatchObject({
      outcome: 'failed',
      error: { code: 'AGENT_EXIT', retryable: true },
    });
  });

  test('an answer that was cut says so', async () => {
    const text = JSON.stringify({ status: 'succeeded', output: 'x'.repeat(1_000) });
    expect(await says(text, 0, { keepBytes: 1_000 })).toMatchObject({
      error: {
        code: 'AGENT_OUTPUT_INVALID',
        message: expect.stringContaining('(its middle was left out; raise keepBytes)') as string,
      },
    });
    expect(await says(text, 0, { keepBytes: 1_100 })).toMatchObject({ outcome: 'succeeded' });
  });
});

function exits(code: number, options: Partial<CommandAgentOptions> = {}): Promise<AgentResult> {
  const source = `console.error('bad news'); process.exitCode = ${code};`;
  return answer(source, { result: 'exit-code', ...options });
}

describe('told by exit code', () => {
  test('0 is success, whatever was printed', async () => {
    expect(await exits(0)).toMatchObject({
      outcome: 'succeeded',
      output: null,
      evidence: { exitCode: 0, stderrTail: 'bad news\n' },
    });
  });

  test('75 may be tried again, others may not', async () => {
    expect(await exits(75)).toMatchObject({ error: { code: 'AGENT_EXIT', retryable: true } });
    expect(await exits(1)).toMatchObject({
      error: {
        code: 'AGENT_EXIT',
        message: 'agent "coder" exited with code 1; its last words: bad news',
        retryable: false,
        details: { exitCode: 1 },
      },
    });
  });

  test('the last words of a crash are its message, not the frames of its stack', async () => {
    const source = `const deep = (depth) => {
      if (depth === 0) throw new TypeError('no such repository');
      deep(depth - 1);
    };
    deep(20);`;
    const result = await answer(source, { result: 'exit-code' });
    const message = result.outcome === 'failed' ? result.error.message : '';
    expect(message).toContain("throw new TypeError('no such repository');");
    expect(message).toMatch(/\n\nTypeError: no such repository$/);
  });

  test('where nothing but the end of a stack was said, it is the last words', async () => {
    const result = await answer(`console.error('Node.js v1.2.3'); process.exitCode = 1;`, {
      result: 'exit-code',
    });
    expect(result).toMatchObject({
      error: { message: 'agent "coder" exited with code 1; its last words: Node.js v1.2.3' },
    });
  });

  test('which codes may be tried again is an option', async () => {
    expect(await exits(1, { retryableExitCodes: [1] })).toMatchObject({
      error: { retryable: true },
    });
  });

  test('a kill from elsewhere is named, and may be tried again', async () => {
    const result = await answer(`process.kill(process.pid, 'SIGSEGV')`, { result: 'exit-code' });
    expect(result).toMatchObject({
      error: {
        code: 'AGENT_KILLED',
        message: 'agent "coder" was killed by SIGSEGV',
        retryable: true,
        details: { exitCode: null, signal: 'SIGSEGV' },
      },
    });
  });
});

test('passes on the allow-listed environment and the fixed one, and no more', async () => {
  const environment = {
    PATH: '/bin',
    HOME: '/home/u',
    LANG: 'C',
    LC_ALL: 'C',
    TMPDIR: '/tmp',
    USER: 'u',
    API_KEY: 'k',
    GIT_DIR: '/elsewhere',
    UNSET: undefined,
  };
  const printed = async (options: Partial<CommandAgentOptions>) => {
    const source = `console.log(JSON.stringify({ status: 'succeeded', output: process.env }));`;
    const result = await answer(source, { environment, ...options });
    if (result.outcome !== 'succeeded') throw new Error(JSON.stringify(result));
    const { CHIMERA_PROCESS: token, ...rest } = result.output as Record<string, string>;
    expect(token).toBeDefined();
    return rest;
  };
  expect(await printed({})).toEqual({
    PATH: '/bin',
    HOME: '/home/u',
    LANG: 'C',
    LC_ALL: 'C',
    TMPDIR: '/tmp',
    USER: 'u',
  });
  expect(
    await printed({
      allowEnv: ['API_KEY', 'UNSET'],
      env: { MODEL: 'm', API_KEY: 'mine' },
      marker: 'instance-7',
    }),
  ).toEqual({ API_KEY: 'mine', MODEL: 'm', CHIMERA_RUN: 'instance-7' });
});

test('works in the workspace unless told another directory', async () => {
  const workspace = { repository: '/r', directory: '/usr', branch: 'b', baseCommit: 'c' };
  const source = `console.log(JSON.stringify({ status: 'succeeded', output: process.cwd() }));`;
  const inWorkspace = await agent(source).run(request({ workspace }), undisturbed());
  expect(inWorkspace).toMatchObject({ output: '/usr' });
  const elsewhere = await agent(source, { cwd: '/' }).run(request({ workspace }), undisturbed());
  expect(elsewhere).toMatchObject({ output: '/' });
});

test('a missing program is named and not retried', async () => {
  const missing = new CommandAgent({
    name: 'coder',
    command: ['no-such-agent'],
    environment: { PATH: '/bin' },
  });
  expect(await missing.run(request(), undisturbed())).toEqual({
    outcome: 'failed',
    error: {
      code: 'AGENT_NOT_FOUND',
      message:
        'agent "coder": cannot start "no-such-agent": no such program; install it, or add its directory to PATH (/bin)',
      retryable: false,
    },
  });
});

test('a directory that is gone is another failure than a missing program', async () => {
  expect(await answer('', { cwd: '/no/such/place' })).toMatchObject({
    error: { code: 'AGENT_NOT_STARTED', retryable: false },
  });
});

test('too much output is an error that says how much is allowed', async () => {
  const source = `const block = 'x'.repeat(1 << 16); const write = () => process.stdout.write(block, write); write();`;
  expect(await answer(source, { limitBytes: 100_000, keepBytes: 100 })).toMatchObject({
    outcome: 'failed',
    error: {
      code: 'AGENT_OUTPUT_TOO_LARGE',
      message:
        'agent "coder" printed more than 100000 bytes and was stopped; let it print less or raise limitBytes',
      retryable: false,
      details: { stopped: 'output-limit', stdoutTail: expect.stringContaining('bytes left out') },
    },
  });
});

test('a timeout kills the agent with all it started, and leaves what it had printed', async () => {
  const grandchild = programs.write('b.cjs', `say('grandchild'); setInterval(() => {}, 1e6);`);
  const hanging = agent(
    `console.log('working'); console.error('on it');
     const [program, ...args] = ${JSON.stringify(grandchild)};
     require('node:child_process').spawn(program, args, { stdio: 'ignore', detached: true });
     setInterval(() => {}, 1e6); say('up');`,
    { allowEnv: ['PATH', 'TEST_SOCKET'] },
  );
  const controller = new AbortController();
  const running = hanging.run(request(), { signal: controller.signal });
  await programs.heard('up');
  await programs.heard('grandchild');
  controller.abort(new DOMException('phase timed out', 'TimeoutError'));
  const result = await running;
  expect(result).toMatchObject({
    outcome: 'failed',
    error: {
      code: 'AGENT_TIMEOUT',
      message: 'agent "coder" did not finish in time and was stopped',
      retryable: true,
      details: {
        stopped: 'aborted',
        processGroup: 'killed',
        stdoutTail: 'working\n',
        stderrTail: 'on it\n',
        killed: [{ pid: expect.any(Number) }, { command: grandchild.join(' ') }],
      },
    },
  });
  await programs.ended('grandchild');
});

test('an abort that is no timeout is told apart, before the start and after', async () => {
  const hanging = agent(`setInterval(() => {}, 1e6); say('up');`, {
    allowEnv: ['PATH', 'TEST_SOCKET'],
  });
  const controller = new AbortController();
  const running = hanging.run(request(), { signal: controller.signal });
  await programs.heard('up');
  controller.abort(new Error('shutting down'));
  const message = 'agent "coder" was stopped: shutting down';
  expect(await running).toMatchObject({ error: { code: 'AGENT_ABORTED', message } });
  expect(await hanging.run(request(), { signal: controller.signal })).toEqual({
    outcome: 'failed',
    error: { code: 'AGENT_ABORTED', message, retryable: true },
  });
});

test('SIGKILL comes after killAfterMs', async () => {
  const clock = new VirtualClock();
  const stubborn = agent(
    `process.on('SIGTERM', () => say('ignored')); setInterval(() => {}, 1e6); say('up');`,
    { allowEnv: ['PATH', 'TEST_SOCKET'], killAfterMs: 30_000, clock },
  );
  const controller = new AbortController();
  const running = stubborn.run(request(), { signal: controller.signal });
  await programs.heard('up');
  controller.abort();
  await programs.heard('ignored');
  await clock.advance(30_000);
  expect(await running).toMatchObject({ error: { details: { signal: 'SIGKILL' } } });
  expect(clock.monotonic()).toBe(30_000);
});

function make(options: Partial<CommandAgentOptions>): () => CommandAgent {
  return () => agent('', options);
}

test('refuses wrong options when it is made', () => {
  expect(make({ command: [''] })).toThrow(
    'agents: command must be a program and its arguments, got ""',
  );
  expect(make({ keepBytes: -1 })).toThrow('agents: keepBytes must be an integer from 0');
  expect(make({ limitBytes: 1.5 })).toThrow('agents: limitBytes must be an integer >= 0, got 1.5');
});

function limited(retryAfterMs: string): Promise<AgentResult> {
  return answer(
    `console.log('{"status":"failed","error":{"code":"RATE_LIMITED","message":"429"},"retryAfterMs":${retryAfterMs}}')`,
  );
}

test('tells for how long its provider wants to be left alone', async () => {
  expect(await limited('60000')).toMatchObject({
    outcome: 'failed',
    error: { code: 'RATE_LIMITED', retryable: true },
    retryAfterMs: 60_000,
  });
  expect(await limited('-1')).toMatchObject({ error: { code: 'AGENT_OUTPUT_INVALID' } });
});
