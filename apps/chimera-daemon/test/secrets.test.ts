import type { Agent, AgentResult } from '@chimera/agents';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { RedactingAgent } from '../src/agents/redacting-agent.ts';
import { secretsOf } from '../src/agents/secrets-of.ts';
import { loadConfig } from '../src/config/load-config.ts';
import { chimera, newDirectory, startedDaemon } from './chimera-process.ts';
import { otlpReceiver } from './otlp-receiver.ts';

const secret = 'hunter2-hunter2-hunter2';
const adminToken = 'the-token-of-the-administrator';
const lookalike = 'ghp_abcdefghijklmnopqrstuvwxyz0123';

const request = {} as Parameters<Agent['run']>[0];
const context = { signal: new AbortController().signal };

async function redactedResult(result: AgentResult): Promise<AgentResult> {
  const agent: Agent = { name: 'a', run: async () => result };
  return new RedactingAgent(agent, [secret]).run(request, context);
}

describe('what an agent says', () => {
  test('holds none of the secrets that it was given, wherever they stand', async () => {
    const around = fc.string({ maxLength: 20 });
    const words = fc.tuple(around, around).map(([before, after]) => before + secret + after);
    const json = fc.letrec<{ value: unknown }>((tie) => ({
      value: fc.oneof(
        words,
        fc.integer(),
        fc.constant(null),
        fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(fc.constantFrom('a', 'b', 'token'), tie('value'), { maxKeys: 3 }),
      ),
    })).value;
    await fc.assert(
      fc.asyncProperty(words, json, async (text, value) => {
        const output = value as null;
        const results: AgentResult[] = [
          { outcome: 'succeeded', output, evidence: output },
          { outcome: 'rejected', reason: text, output },
          {
            outcome: 'failed',
            error: {
              code: text,
              message: text,
              retryable: true,
              details: output,
              cause: { code: 'F', message: text, retryable: false },
            },
          },
        ];
        for (const result of results) {
          const told = await redactedResult(result);
          expect(JSON.stringify(told)).not.toContain(secret);
          expect(told.outcome).toBe(result.outcome);
        }
      }),
      { numRuns: 200 },
    );
  });

  test('holds no half of a secret either, where its text was cut', async () => {
    const half = secret.length / 2;
    const details = {
      stdoutTail: `…${secret.slice(-half)} and more`,
      stderrTail: `${secret.slice(1)} and more`,
      short: `…${secret.slice(-4)} and more`,
    };
    const message = `it starts: key ${secret.slice(0, half)}`;
    const cause = { code: 'F', message: `${message}…`, retryable: false };
    const error = { code: 'E', message, retryable: true, details, cause };
    expect(await redactedResult({ outcome: 'failed', error })).toMatchObject({
      error: {
        message: 'it starts: key [redacted]',
        details: {
          stdoutTail: '…[redacted] and more',
          stderrTail: '[redacted] and more',
          short: `…${secret.slice(-4)} and more`,
        },
        cause: { message: 'it starts: key [redacted]…' },
      },
    });
  });

  test('is handed on as it is where it only looks like a secret', async () => {
    const told = await redactedResult({
      outcome: 'succeeded',
      output: lookalike,
      evidence: lookalike,
    });
    expect(told).toEqual({ outcome: 'succeeded', output: lookalike, evidence: '[redacted]' });
  });
});

test('many short texts beside a long key are looked through in their time', async () => {
  // 3,200 characters, as a private key has; far shorter are compared with none of its parts.
  const key = 'k3y-'.repeat(800);
  const compared = vi.spyOn(String.prototype, 'startsWith');
  onTestFinished(() => compared.mockRestore());
  const words = Array.from({ length: 100 }, () => 'ok');
  const error = { code: 'E', message: 'm', retryable: true, details: words };
  const agent: Agent = { name: 'a', run: async () => ({ outcome: 'failed', error }) };
  await new RedactingAgent(agent, [key]).run(request, context);
  expect(compared.mock.calls.length).toBeLessThan(1_000);
});

test('a text made of beginnings of secrets is looked through in its time', async () => {
  const details = '-eyJ'.repeat(50_000);
  const error = { code: 'E', message: 'm', retryable: true, details };
  expect(await redactedResult({ outcome: 'failed', error })).toEqual({ outcome: 'failed', error });
  const token = `${'eyJ'.repeat(500)}.${'b'.repeat(4_000)}.${'c'.repeat(400)}`;
  expect(
    await redactedResult({ outcome: 'failed', error: { ...error, details: `jwt-${token} ` } }),
  ).toMatchObject({ error: { details: 'jwt-[redacted] ' } });
});

test('secrets are the values of secret names, of the settings and of the environment', () => {
  const directory = newDirectory({
    'chimera.yaml': `
agents:
  a:
    type: command
    command: [a]
    env: { API_KEY: from-the-settings, MODE: no-secret-at-all, TOKEN: short }
    inheritEnv: [GITHUB_TOKEN, EDITOR]
`,
  });
  const environment = { GITHUB_TOKEN: 'from-the-environment', EDITOR: 'some-editor' };
  const { config } = loadConfig({ file: `${directory}/chimera.yaml`, environment: {}, set: [] });
  expect(secretsOf(config, environment)).toEqual(['from-the-environment', 'from-the-settings']);
});

test('a secret is one as JSON writes it, too, and without the white space around it', async () => {
  const value = 'pass"word\\of two\nlines\n';
  const settings = { agents: { a: { type: 'command', command: ['a'], env: { PASSWORD: value } } } };
  const directory = newDirectory({ 'chimera.yaml': JSON.stringify(settings) });
  const { config } = loadConfig({ file: `${directory}/chimera.yaml`, environment: {}, set: [] });
  const evidence = {
    stdoutTail: JSON.stringify({ said: value }),
    stderrTail: `refused: ${value.trim()}!`,
  };
  const agent: Agent = {
    name: 'a',
    run: async () => ({ outcome: 'succeeded', output: null, evidence }),
  };
  expect(await new RedactingAgent(agent, secretsOf(config, {})).run(request, context)).toEqual({
    outcome: 'succeeded',
    output: null,
    evidence: { stdoutTail: '{"said":"[redacted]\\n"}', stderrTail: 'refused: [redacted]!' },
  });
});

test('a token in a file is a secret like one in the settings, which wins', () => {
  const file = (settings: string) =>
    `${newDirectory({ 'chimera.yaml': `http: { ${settings} }`, token: ` ${adminToken}\n` })}/chimera.yaml`;
  const secrets = (settings: string) => {
    const { config } = loadConfig({ file: file(settings), environment: {}, set: [] });
    return secretsOf(config, {});
  };
  expect(secrets('adminTokenFile: token')).toEqual([adminToken]);
  expect(secrets('adminTokenFile: nowhere, adminToken: another-token-in-here')).toEqual([
    'another-token-in-here',
  ]);
});

test('a secret that an agent prints is in no log, no trace and no answer; the log can be opened while it runs', async () => {
  const receiver = await otlpReceiver();
  onTestFinished(() => void receiver.close());
  const files = {
    'chimera.yaml': `
http: { adminToken: ${adminToken} }
tracing: { endpoint: '${receiver.url}' }
agents:
  leaky: { type: command, command: ['{node}', '{config}/leaky.mjs'], env: { API_KEY: ${secret} } }
workflows: [work.yaml]
`,
    'work.yaml': `
name: work
phases:
  - { name: tell, stage: planning, agent: leaky, timeout: 20s, action: tell }
  - { name: fail, stage: validation, agent: leaky, timeout: 20s, action: fail, retry: { maxRetries: 0 } }
`,
    'leaky.mjs': `
let text = '';
for await (const chunk of process.stdin) text += chunk;
const { API_KEY } = process.env;
console.error('key ' + API_KEY + ' and ${lookalike}');
if (JSON.parse(text).phase === 'fail') process.exit(7);
console.log(JSON.stringify({ status: 'succeeded', output: { said: 'my key is ' + API_KEY } }));
`,
  };
  const daemon = await startedDaemon(newDirectory(files));
  const { client, url } = daemon;
  expect(await client.logLevel()).toEqual({ level: 'error' });
  const wrong = await fetch(`${url}/api/log-level`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ level: 'loud' }),
  });
  expect([wrong.status, await wrong.text()]).toEqual([400, expect.stringContaining('level')]);
  expect(await client.setLogLevel('debug')).toEqual({ level: 'debug' });

  const submit = async (traceparent: string) => {
    const response = await fetch(`${url}/api/workflows`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': 'once', traceparent },
      body: JSON.stringify({ definition: 'work', input: {} }),
    });
    return (await response.json()) as { id: string; created: boolean };
  };
  const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
  const first = await submit(`00-${traceId}-00f067aa0ba902b7-01`);
  // Sent again, by a sender with a trace of its own: the work stays in the first one's.
  const again = await submit(`00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`);
  expect([first.created, again]).toEqual([true, { id: first.id, created: false }]);

  while ((await client.get(first.id)).status !== 'dead') await sleep(20);
  const [letters, profile, shown] = await Promise.all([
    client.deadLetters(),
    client.workflowProfile(first.id),
    chimera(['show', first.id, '--json', '--url', url]),
  ]);
  const [letter] = letters.items;
  const answers = JSON.stringify([
    await client.get(first.id),
    await client.events(),
    await client.status(),
    await client.deadLetter(letter?.id ?? ''),
    letters,
    profile,
    shown,
    await (await fetch(`${url}/metrics`)).text(),
  ]);
  const { stderr: logs } = await daemon.stop();
  const { spans } = receiver;
  expect(answers).toContain('my key is [redacted]');
  expect(JSON.stringify(spans)).toContain('key [redacted]');
  expect(logs).toContain('log level error → debug');
  expect(logs).toContain(first.id);
  for (const text of [answers, JSON.stringify(spans), logs]) {
    for (const hidden of [secret, adminToken, lookalike]) expect(text).not.toContain(hidden);
  }
  expect(new Set(spans.map((span) => span.traceId))).toEqual(new Set([traceId]));
}, 60_000);
