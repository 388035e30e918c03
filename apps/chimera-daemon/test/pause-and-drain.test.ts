import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { chimera, newDirectory, startedDaemon } from './chimera-process.ts';

const config = `
pool: { min: 2, max: 2 }
shutdown: { grace: 10m }
agents:
  waiter: { type: module, module: waiter.mjs }
workflows: [wait.yaml]
`;

/** Ends when its input says so, once the file is there that it names, or when it is told to. */
const waiter = `
import { existsSync } from 'node:fs';
export const run = ({ input }, { signal }) => new Promise((resolve, reject) => {
  if (input.file === undefined) setTimeout(resolve, input.ms);
  else setInterval(() => existsSync(input.file) && resolve(), 10);
  signal.addEventListener('abort', () => reject(new Error('told to end')));
});
`;

function files(): string {
  return newDirectory({
    'chimera.yaml': config,
    'waiter.mjs': waiter,
    'wait.yaml':
      'name: wait\nphases: [{ name: sit, stage: planning, agent: waiter, timeout: 10m }]',
  });
}

type Daemon = Awaited<ReturnType<typeof startedDaemon>>;

async function until(daemon: Daemon, id: string, status: string): Promise<void> {
  while ((await daemon.client.get(id)).status !== status) await sleep(10);
}

async function run(daemon: Daemon, ...words: string[]): Promise<string> {
  const { exitCode, stderr, stdout } = await chimera([...words, '--url', daemon.url]);
  expect(stderr).toBe('');
  expect(exitCode).toBe(0);
  return stdout;
}

async function pausedMetric({ url }: Daemon): Promise<string | undefined> {
  const response = await fetch(`${url}/metrics`);
  return /^chimera_pool_paused .*$/m.exec(await response.text())?.[0];
}

test('a pause starts nothing, says so, outlives a restart, and ends with resume', async () => {
  const directory = files();
  const first = await startedDaemon(directory);
  expect(await run(first, 'pause', '--reason', 'provider is down')).toContain('chimera resume');
  const { id } = await first.client.submit({ definition: 'wait', input: { ms: 0 } });
  expect(await run(first, 'status')).toMatch(/pool .*paused since .*: provider is down/);
  expect(await run(first, 'show', id)).toContain('the pool is paused (provider is down)');
  await first.stop();

  const second = await startedDaemon(directory);
  onTestFinished(() => void second.stop());
  expect(await second.client.status()).toMatchObject({
    state: 'paused',
    paused: { reason: 'provider is down' },
    workflows: { queued: 1 },
  });
  expect(await pausedMetric(second)).toBe('chimera_pool_paused 1');
  expect(await run(second, 'resume')).toBe('the pool takes work\n');
  await until(second, id, 'completed');
  expect(await second.client.status()).toMatchObject({ state: 'running', paused: null });
  expect(await pausedMetric(second)).toBe('chimera_pool_paused 0');
  expect(await run(second, 'resume')).toBe('the pool was not paused: it takes work\n');
}, 120_000);

test('a drain finishes what ends in time, takes nothing new, cuts the rest, and tells', async () => {
  const directory = files();
  const daemon = await startedDaemon(directory);
  const short = await daemon.client.submit({ definition: 'wait', input: { ms: 3_000 } });
  const long = await daemon.client.submit({ definition: 'wait', input: { ms: 600_000 } });
  const behind = await daemon.client.submit({ definition: 'wait', input: { ms: 0 } });
  await until(daemon, short.id, 'running');
  await until(daemon, long.id, 'running');

  const report = daemon.client.drain({ timeoutMs: 6_000 });
  let state = await daemon.client.status();
  while (state.state === 'running') state = await daemon.client.status();
  expect(state.state).toBe('draining');
  expect(state.stopsAt).toBeGreaterThan(0);
  const refused = await fetch(`${daemon.url}/api/workflows`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ definition: 'wait', input: {} }),
  });
  expect(refused.status).toBe(503);
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(await refused.json()).toMatchObject({ error: { code: 'DRAINING' } });
  expect(await run(daemon, 'resume')).toBe('the pool was not paused: it is draining\n');

  expect(await report).toMatchObject({
    finished: 1,
    cut: [{ workflowId: long.id, definition: 'wait', phase: 'sit' }],
  });
  const { exitCode, stderr, stdout } = await daemon.ended();
  expect([exitCode, stderr]).toEqual([0, '']);
  expect(stdout).toContain('stopped: 1 running phases ended, 1 were cut');
  expect(stdout).toContain(long.id);

  const restartedAt = Date.now();
  const second = await startedDaemon(directory);
  onTestFinished(() => void second.stop('SIGKILL'));
  expect(await second.client.get(short.id)).toMatchObject({ status: 'completed' });
  await until(second, long.id, 'running');
  expect(await second.client.get(long.id)).toMatchObject({ attempts: 1, recoveries: 0 });
  await until(second, behind.id, 'completed');
  const [only, ...others] = (await second.client.get(behind.id)).phaseRuns;
  expect(only?.startedAt).toBeGreaterThanOrEqual(restartedAt);
  expect(others).toEqual([]);
}, 120_000);

test('an operator who drains reads what was cut; a second signal ends the grace period', async () => {
  const daemon = await startedDaemon(files());
  const one = await daemon.client.submit({ definition: 'wait', input: { ms: 600_000 } });
  await until(daemon, one.id, 'running');
  expect(await run(daemon, 'drain', '--timeout', '100ms')).toMatch(
    new RegExp(`^stopped: 0 .* 1 were cut; .*\n +${one.id} .*cut after [0-9]+ ms\n$`),
  );
  expect((await daemon.ended()).exitCode).toBe(0);

  const other = await startedDaemon(files());
  const two = await other.client.submit({ definition: 'wait', input: { ms: 600_000 } });
  await until(other, two.id, 'running');
  other.signal('SIGTERM');
  while ((await other.client.status()).state === 'running') await sleep(10);
  other.signal('SIGTERM');
  const { exitCode, stdout } = await other.ended();
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(new RegExp(`1 were cut; .*\n +${two.id} `));
}, 120_000);

test('a terminal that is closed lets what runs end, however often it says so', async () => {
  const directory = files();
  const file = join(directory, 'end');
  const daemon = await startedDaemon(directory);
  const { id } = await daemon.client.submit({ definition: 'wait', input: { file } });
  await until(daemon, id, 'running');
  daemon.signal('SIGHUP');
  while ((await daemon.client.status()).state === 'running') await sleep(10);
  daemon.signal('SIGHUP');
  // It was heard, and is answered as before.
  expect(await daemon.client.status()).toMatchObject({ state: 'stopping' });
  writeFileSync(file, '');
  const { exitCode, stdout } = await daemon.ended();
  expect(exitCode).toBe(0);
  expect(stdout).toContain('stopped: 1 running phases ended, 0 were cut\n');
}, 60_000);
