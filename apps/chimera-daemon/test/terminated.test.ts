import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AgentResult } from '@chimera/agents';
import { describe, expect, test } from 'vitest';
import { wasTerminated } from '../src/executor-pool/was-terminated.ts';
import { newDirectory, startedDaemon } from './chimera-process.ts';
import { smallDaemon, workflowOf } from './small-daemon.ts';

const onePhase = workflowOf([{ name: 'work', stage: 'planning', agent: 'worker', timeout: '10m' }]);

function failed(details: Record<string, string | number | null>): AgentResult {
  return { outcome: 'failed', error: { code: 'E', message: 'm', retryable: true, details } };
}

const byOthers = failed({ exitCode: null, signal: 'SIGTERM' });
const check = { name: 'tests', passed: false, exitCode: null, signal: 'SIGTERM' };
const checked: AgentResult = {
  outcome: 'rejected',
  reason: '1 of 1 checks failed: tests was killed by SIGTERM',
  output: null,
  evidence: { commit: 'c0ffee', checks: [check] },
};

test.for<[boolean, AgentResult]>([
  [true, byOthers],
  [true, failed({ exitCode: 143, signal: null })],
  [false, failed({ exitCode: 1, signal: null })],
  [false, failed({ exitCode: null, signal: 'SIGKILL' })],
  // By the daemon itself: it printed too much.
  [false, failed({ exitCode: null, signal: 'SIGTERM', stopped: 'output-limit' })],
  [false, { outcome: 'failed', error: { code: 'E', message: 'm', retryable: true } }],
  [true, { outcome: 'failed', error: { code: 'GIT_KILLED', message: 'm', retryable: true } }],
  [true, checked],
  [false, { ...checked, evidence: { checks: [{ ...check, stopped: 'timeout' }] } }],
  [false, { ...checked, evidence: { exitCode: null, signal: 'SIGTERM' } }],
  [false, { outcome: 'succeeded', output: null, evidence: { exitCode: 0, signal: 'SIGTERM' } }],
])('it is %s that a SIGTERM of others ended %j', ([is, result]) => {
  expect(wasTerminated(result)).toBe(is);
});

/** A pool with one workflow whose agent answers when it is told to. */
async function answering(result: AgentResult) {
  const asked = Promise.withResolvers<AgentResult>();
  const daemon = await smallDaemon({ agents: { worker: () => asked.promise } });
  daemon.pool.start();
  const id = await daemon.submit(onePhase);
  await daemon.advance(10);
  return { daemon, id, answer: () => asked.resolve(result) };
}

describe('a phase that a SIGTERM of others ends', () => {
  test.for([byOthers, checked])(
    'while the pool stops is cut by the stop, and costs no attempt: %j',
    async (result) => {
      const { answer, daemon, id } = await answering(result);
      const stopped = daemon.pool.stop(600_000);
      answer();
      await daemon.advance(10);
      expect(await stopped).toMatchObject({ finished: 0, cut: [{ workflowId: id }] });
      expect(await daemon.state(id)).toMatchObject({ status: 'queued', attempts: 0, retries: 0 });
    },
  );

  test('while the pool goes on has failed', async () => {
    const { answer, daemon, id } = await answering(byOthers);
    answer();
    await daemon.advance(10);
    expect(await daemon.state(id)).toMatchObject({ status: 'waiting', reason: { kind: 'retry' } });
  });
});

test('an agent that is told to end together with its daemon costs its workflow no attempt', async () => {
  const directory = newDirectory({
    'chimera.yaml': `
shutdown: { grace: 10m }
agents:
  sitter: { type: command, command: ['{node}', '{config}/sit.mjs'] }
workflows: [sit.yaml]
`,
    'sit.mjs': `
      import { writeFileSync } from 'node:fs';
      writeFileSync(new URL('./pid', import.meta.url), String(process.pid));
      setInterval(() => {}, 1_000);
    `,
    'sit.yaml': 'name: sit\nphases: [{ name: sit, stage: planning, agent: sitter, timeout: 10m }]',
    pid: '',
  });
  const daemon = await startedDaemon(directory);
  const { id } = await daemon.client.submit({ definition: 'sit', input: {} });
  const agent = () => Number(readFileSync(join(directory, 'pid'), 'utf8'));
  while (agent() === 0) await sleep(10);
  daemon.signal('SIGTERM');
  process.kill(agent(), 'SIGTERM');
  const { exitCode, stdout } = await daemon.ended();
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(new RegExp(`0 running phases ended, 1 were cut; .*\n +${id} `));

  const second = await startedDaemon(directory, ['--set', 'shutdown.grace=1ms']);
  while ((await second.client.get(id)).status !== 'running') await sleep(10);
  expect(await second.client.get(id)).toMatchObject({ attempts: 1, recoveries: 0, retries: 0 });
  expect((await second.stop()).exitCode).toBe(0);
}, 60_000);
