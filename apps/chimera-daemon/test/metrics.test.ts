import { spawnSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { chimera, newDirectory, startedDaemon } from './chimera-process.ts';

const config = `
pool: { min: 2, max: 2 }
agents:
  worker: { type: module, module: worker.mjs }
  program: { type: command, command: ['{node}', '{config}/program.mjs'] }
workflows: [work.yaml]
`;

/** Its first attempt fails, then it works; with `fatal` it fails for good. */
const worker = `
const seen = new Set();
export const run = ({ input, workflowId }) => {
  if (input.fatal) throw Object.assign(new Error('no'), { retryable: false });
  if (input.flaky && !seen.has(workflowId)) { seen.add(workflowId); throw new Error('not yet'); }
  return { done: true };
};
`;

const program = `
process.stdin.resume();
process.stdin.on('end', () => console.log(JSON.stringify({
  status: 'succeeded',
  output: { usage: { model: 'm-1', provider: 'lab', input_tokens: 1200, output_tokens: 34, cost_usd: 0.25 } },
})));
`;

const work = `
name: work
phases:
  - { name: do, stage: implementation, agent: worker, timeout: 10s, retry: { maxRetries: 1, base: 1 } }
  - { name: tell, stage: validation, agent: program, timeout: 10s }
`;

async function loadedDaemon() {
  const daemon = await startedDaemon(
    newDirectory({
      'chimera.yaml': config,
      'worker.mjs': worker,
      'program.mjs': program,
      'work.yaml': work,
    }),
  );
  onTestFinished(() => void daemon.stop());
  const { client } = daemon;
  const inputs = [{ n: 1 }, { n: 2, flaky: true }, { n: 3, fatal: true }];
  const submitted = await Promise.all(
    inputs.map((input) => client.submit({ definition: 'work', input })),
  );
  const ids = submitted.map(({ id }) => id);
  for (const id of ids) {
    while (!['completed', 'dead'].includes((await client.get(id)).status)) await sleep(20);
  }
  // What was read a moment ago may be shown once more.
  while ((await client.metrics()).deadLetters.open === 0) await sleep(20);
  return { ...daemon, ids };
}

async function scrape(url: string, accept: string): Promise<{ type: string; text: string }> {
  const response = await fetch(`${url}/metrics`, { headers: { accept } });
  expect(response.status).toBe(200);
  return { type: response.headers.get('content-type') ?? '', text: await response.text() };
}

test('everything that the daemon did is counted, and no identifier is a label', async () => {
  const { client, ids, url } = await loadedDaemon();
  const open = await scrape(url, 'application/openmetrics-text; version=1.0.0');
  expect(open.type).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8');
  expect(open.text).toMatch(/# EOF\n$/);
  expect(open.text).toMatch(/ # \{trace_id="[0-9a-f]{32}",span_id="[0-9a-f]{16}"\} /);

  const plain = await scrape(url, 'text/plain');
  expect(plain.type).toBe('text/plain; version=0.0.4; charset=utf-8');
  const lines = plain.text.split('\n');
  for (const line of [
    'chimera_workflow_execution_calls_total{definition="work",status="success"} 2',
    'chimera_workflow_execution_calls_total{definition="work",status="error"} 1',
    'chimera_workflow_execution_calls_total{definition="work",status="aborted"} 0',
    'chimera_workflow_execution_duration_seconds_count{definition="work",status="success"} 2',
    'chimera_retry_attempts_total{definition="work",phase="do"} 1',
    'chimera_retry_calls_total{kind="successful_with_retry"} 1',
    'chimera_retry_calls_total{kind="successful_without_retry"} 1',
    'chimera_retry_calls_total{kind="failed_without_retry"} 1',
    'chimera_dead_letters_total{definition="work",phase="do",cause="failed"} 1',
    'chimera_dead_letters_total{definition="work",phase="tell",cause="failed"} 0',
    'chimera_dead_letter_queue_open 1',
    'chimera_queue_operations_total{operation="submit"} 3',
    'chimera_queue_operations_total{operation="claim"} 6',
    'chimera_slot_wait_seconds_count 6',
    'chimera_circuit_breaker_success_total{agent="program"} 2',
    'chimera_circuit_breaker_failure_total{agent="worker"} 2',
    'chimera_circuit_breaker_state{agent="worker",state="closed"} 1',
    'chimera_agent_jobs_total{agent="worker",outcome="failed"} 2',
    'chimera_agent_exits_total{agent="program",exit="0"} 2',
    'chimera_agent_cost_usd_total{agent="program",gen_ai_provider_name="lab",gen_ai_request_model="m-1"} 0.5',
    'gen_ai_client_token_usage_sum{agent="program",gen_ai_provider_name="lab",gen_ai_request_model="m-1",gen_ai_token_type="input"} 2400',
    'chimera_workflows{status="completed"} 2',
    'chimera_pool_size 2',
    'chimera_pool_active 0',
    'chimera_pool_active_peak 2',
    'chimera_degradation_level 0',
    'chimera_database_writable 1',
  ]) {
    expect(lines).toContain(line);
  }
  const commits = lines.find((line) =>
    line.startsWith('db_client_operation_duration_seconds_count{db_system_name="sqlite"'),
  );
  expect(Number(commits?.split(' ').at(-1))).toBeGreaterThan(0);
  for (const id of ids) expect(plain.text).not.toContain(id);
  expect(plain.text).not.toMatch(/[0-9a-f]{8}-[0-9a-f]{4}-7/);
  expect(plain.text).not.toMatch(/^chimera_metrics_(failed|dropped|overflowed)\w*\{/m);

  expect(await client.metrics()).toMatchObject({
    pool: { size: 2, active: 0, peak: 2, utilization: 0 },
    queue: { depth: 0, waiting: 0, oldestAgeMs: null },
    deadLetters: { open: 1 },
    workflows: { finished: 3, completed: 2, dead: 1, successRate: 2 / 3 },
    retries: { workflows: 1, completed: 1, successRate: 1 },
    phases: [
      { definition: 'work', phase: 'do', attempts: 4, failures: 2, failureRate: 0.5 },
      { definition: 'work', phase: 'tell', attempts: 2, failures: 0, failureRate: 0 },
    ],
  });
}, 60_000);

test('an attempt that was cancelled has not failed', async () => {
  const daemon = await startedDaemon(
    newDirectory({
      'chimera.yaml': config,
      'worker.mjs': `
export const run = async (_, { signal }) => {
  signal.throwIfAborted();
  await new Promise((resolve) => signal.addEventListener('abort', resolve));
  throw signal.reason;
};
`,
      'program.mjs': program,
      'work.yaml': work,
    }),
  );
  onTestFinished(() => void daemon.stop());
  const { client, url } = daemon;
  const { id } = await client.submit({ definition: 'work', input: {} });
  while ((await client.get(id)).status !== 'running') await sleep(20);
  await client.cancel(id, 'enough');
  while ((await client.get(id)).status !== 'cancelled') await sleep(20);

  expect((await client.metrics()).phases).toEqual([]);
  const { text } = await scrape(url, 'text/plain');
  const labels = 'definition="work",phase="do",outcome="cancelled"';
  expect(text).toContain(`chimera_phase_duration_seconds_count{${labels}} 1\n`);
  expect(text).toContain('chimera_agent_jobs_total{agent="worker",outcome="cancelled"} 1\n');
  expect(text).not.toContain('outcome="failed"');
  expect(text).not.toContain('chimera_agent_errors_total{');
}, 60_000);

test('an operator asks how it is, and where new work may go', async () => {
  const { client, url } = await loadedDaemon();
  expect(await client.health()).toMatchObject({ status: 'healthy', findings: [] });
  const live = await fetch(`${url}/livez`);
  expect([live.status, await live.json()]).toEqual([200, { alive: true }]);
  const ready = await fetch(`${url}/readyz`);
  expect(ready.status).toBe(200);
  expect(await ready.json()).toMatchObject({ ready: true });
  const [health, metrics] = await Promise.all([
    chimera(['health', '--url', url]),
    chimera(['metrics', '--url', url]),
  ]);
  expect(health).toEqual({ exitCode: 0, stdout: 'healthy\n', stderr: '' });
  expect(metrics.stdout).toMatch(/^last 3 +2 completed, 1 died, 0 cancelled; success 67 %$/m);
  expect(metrics.stdout).toMatch(/^retries +of these 1 of 1 that retried completed \(100 %\)$/m);
  expect(metrics.stdout).toMatch(
    /^pool .+, peak \d+ since the start; the last claims waited p50 /m,
  );
  expect(metrics.stdout).toMatch(/ of the last \d+ attempts since the start failed \(\d+ %\)$/m);
}, 60_000);

const isInstalled = spawnSync('promtool', ['--version']).error === undefined;
if (!isInstalled) {
  console.warn('promtool is not installed (Debian package prometheus): its checks are left out');
}

test.runIf(isInstalled)(
  'promtool has no findings in what a loaded daemon exposes',
  async () => {
    const { url } = await loadedDaemon();
    const { text } = await scrape(url, 'text/plain');
    const { stderr, status } = spawnSync('promtool', ['check', 'metrics'], {
      input: text,
      encoding: 'utf8',
    });
    expect({ findings: stderr, status }).toEqual({ findings: '', status: 0 });
  },
  60_000,
);
