import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { chimera, newDirectory, startedDaemon } from './chimera-process.ts';

const config = `
pool: { min: 2, max: 2 }
shutdown: { grace: 500ms }
agents:
  worker: { type: module, module: worker.mjs }
  sleeper: { type: command, command: [node, -e, "setInterval(() => {}, 1000)"], killAfter: 1s }
workflows: [work.yaml, sleep.yaml]
`;

/** Fails for good on its first visit with \`fail\`, works after it was requeued. */
const worker = `
let failures = 0;
export const run = ({ input }) => {
  if (input.fail && failures++ === 0) throw Object.assign(new Error('no such table'), { retryable: false });
  return { done: input.n };
};
`;

function files(): string {
  return newDirectory({
    'chimera.yaml': config,
    'worker.mjs': worker,
    'work.yaml':
      'name: work\nphases: [{ name: do, stage: implementation, agent: worker, timeout: 10s }]',
    'sleep.yaml':
      'name: sleep\nphases: [{ name: nap, stage: planning, agent: sleeper, timeout: 10m }]',
  });
}

test('an operator submits, lists, looks, requeues, resolves and cancels from the command line', async () => {
  const off = ['--set', 'degradation.enabled=false', '--set', 'autoscaler.enabled=false'];
  const daemon = await startedDaemon(files(), off);
  onTestFinished(() => void daemon.stop());
  const run = async (...words: string[]) => {
    const { exitCode, stderr, stdout } = await chimera([...words, '--url', daemon.url]);
    expect(stderr).toBe('');
    expect(exitCode).toBe(0);
    return stdout;
  };
  const ended = async (id: string) => {
    for (;;) {
      const workflow = await daemon.client.get(id);
      if (workflow.status === 'completed' || workflow.status === 'dead') return workflow.status;
      await sleep(20);
    }
  };

  const good = (await run('submit', 'work', '--input', '{"n":7}', '--key', 'one')).trim();
  expect(await run('submit', 'work', '--input', '{"n":7}', '--key', 'one')).toBe(
    `${good} (submitted before)\n`,
  );
  expect(await ended(good)).toBe('completed');
  expect(JSON.parse(await run('show', good, '--json'))).toMatchObject({
    id: good,
    status: 'completed',
    artifacts: [{ phase: 'do', visit: 1, output: { done: 7 } }],
    phaseRuns: [{ phase: 'do', attempt: 1, agent: 'worker', outcome: 'phase-succeeded' }],
  });

  const bad = (await run('submit', 'work', '--input', '{"n":8,"fail":true}')).trim();
  expect(await ended(bad)).toBe('dead');
  const { items } = JSON.parse(await run('dlq', 'list', '--json')) as {
    items: { id: string; workflowId: string }[];
  };
  expect(items).toHaveLength(1);
  const letter = items[0]?.id ?? '';
  expect(items[0]?.workflowId).toBe(bad);
  expect(await run('dlq', 'show', letter)).toContain('no such table');
  expect(await run('dlq', 'requeue', letter)).toBe(`${bad} is queued again at do\n`);
  expect(await ended(bad)).toBe('completed');
  expect(JSON.parse(await run('dlq', 'show', letter, '--json'))).toMatchObject({
    status: 'requeued',
  });
  const again = await chimera(['dlq', 'requeue', letter, '--url', daemon.url]);
  expect(again.exitCode).toBe(1);
  expect(again.stderr).toMatch(/^chimera: .*requeued.*\n$/);

  const nap = (await run('submit', 'sleep', '--priority', '9')).trim();
  expect(await run('list', '--status', 'running')).toContain(nap);
  const status = await run('status');
  expect(status).toMatch(/pool +1 of 2 slots run/);
  expect(status).toMatch(/^mode +not watched: degradation\.enabled is false$/m);
  expect(status).toMatch(/^autoscaler +off: autoscaler\.enabled is false/m);
  expect(await run('cancel', nap, '--reason', 'changed my mind')).toMatch(
    new RegExp(`^${nap} is (being )?cancelled\n$`),
  );
  while ((await daemon.client.get(nap)).status !== 'cancelled') await sleep(20);
  const cancelled = await run('show', nap);
  expect(cancelled).toContain('changed my mind');
  expect(cancelled).toMatch(/^ {2}nap +visit 1 +attempt 1 +sleeper +cancelled/m);
  expect(cancelled).not.toContain('failed');
}, 120_000);

test('a submit without an input is one with {}, over HTTP as on the command line', async () => {
  const daemon = await startedDaemon(files());
  onTestFinished(() => void daemon.stop());
  const { created, id } = await daemon.client.submit({ definition: 'work', idempotencyKey: 'k' });
  expect(created).toBe(true);
  expect((await daemon.client.get(id)).input).toEqual({});
  const again = await chimera(['submit', 'work', '-k', 'k', '--url', daemon.url]);
  expect(again.stdout).toBe(`${id} (submitted before)\n`);
}, 60_000);

test('a stop cuts what does not end in time, and the next start takes it up again', async () => {
  const directory = files();
  const first = await startedDaemon(directory);
  const { id } = await first.client.submit({ definition: 'sleep', input: {} });
  while ((await first.client.get(id)).status !== 'running') await sleep(20);
  expect(await first.stop()).toEqual({ exitCode: 0, stderr: '' });

  const second = await startedDaemon(directory);
  onTestFinished(() => void second.stop());
  while ((await second.client.get(id)).status !== 'running') await sleep(20);
  const { attempts, phaseRuns, recoveries } = await second.client.get(id);
  expect({ attempts, recoveries }).toEqual({ attempts: 1, recoveries: 0 });
  expect(phaseRuns.map(({ outcome }) => outcome)).toEqual(['interrupted', null]);
}, 120_000);

test('a start whose agent does not load is wrong usage, and names the file', async () => {
  const directory = newDirectory({
    'chimera.yaml': 'agents: { a: { type: module, module: a.mjs } }',
    'a.mjs': 'export const other = 1;',
  });
  const { exitCode, stderr } = await chimera(['start', '--config', `${directory}/chimera.yaml`]);
  expect(stderr).toMatch(/^chimera: agent "a": .*a\.mjs must export a function "run"/);
  expect(exitCode).toBe(2);
});
