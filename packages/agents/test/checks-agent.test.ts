import { createHash } from 'node:crypto';
import { watch, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { AgentResult, Workspace } from '../src/agent.ts';
import { ChecksAgent, type ChecksAgentOptions } from '../src/checks-agent.ts';
import { GitWorkspaces } from '../src/git-workspaces.ts';
import { Moment } from './programs.ts';
import { Repository } from './repository.ts';
import { withoutResources } from './resources.ts';
import { request, undisturbed } from './requests.ts';

let repository: Repository;
let workspaces: GitWorkspaces;
let workspace: Workspace;
beforeEach(async () => {
  repository = new Repository();
  const { environment } = repository;
  workspaces = new GitWorkspaces({ directory: repository.workspaces, environment });
  workspace = await workspaces.prepare({
    repository: repository.directory,
    workflowId: 'wf-1',
  });
});
afterEach(() => repository[Symbol.dispose]());

function agent(options: Partial<ChecksAgentOptions> = {}): ChecksAgent {
  return new ChecksAgent({ workspaces, environment: repository.environment, ...options });
}

function check(name: string, source: string, timeoutMs = 60_000) {
  return { name, command: [process.execPath, '-e', source] as const, timeoutMs };
}

function run(...checks: readonly ReturnType<typeof check>[]): Promise<AgentResult> {
  return agent().run(request({ workspace, checks }), undisturbed());
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

test('succeeds with evidence when every check passes', async () => {
  const commit = repository.commit('work.txt', 'done', workspace.directory);
  const result = await run(
    check('unit', `console.error('warning'); console.log('2 passed');`),
    check('lint', `console.log(require('node:fs').readFileSync('work.txt', 'utf8'));`),
  );
  const evidence = {
    commit,
    checks: [
      {
        name: 'unit',
        passed: true,
        exitCode: 0,
        signal: null,
        durationMs: expect.any(Number),
        stdoutBytes: 9,
        stderrBytes: 8,
        stdoutTail: '2 passed\n',
        stderrTail: 'warning\n',
        outputSha256: sha256('2 passed\nwarning\n'),
      },
      expect.objectContaining({ name: 'lint', passed: true, stdoutTail: 'done\n' }),
    ],
  };
  expect(withoutResources(result)).toEqual({ outcome: 'succeeded', output: evidence, evidence });
  expect(repository.worktrees()).toEqual([workspace.directory]);
});

test('rejects with the names of those that fail, and still runs the others', async () => {
  const result = await run(
    check('unit', `process.exitCode = 1;`),
    check('types', ``),
    check('crash', `process.kill(process.pid, 'SIGKILL');`),
    check('endless', `setInterval(() => {}, 1e6);`, 1),
    check('chatty', `const w = () => process.stdout.write('x'.repeat(1 << 20), w); w();`),
  );
  expect(result).toMatchObject({
    outcome: 'rejected',
    reason:
      '4 of 5 checks failed: unit exited with code 1; crash was killed by SIGKILL; endless did not finish within 1 ms; chatty printed too much and was stopped',
    output: { checks: [{}, { name: 'types', passed: true }, {}, {}, {}] },
    evidence: { checks: [{ exitCode: 1 }, { exitCode: 0 }, {}, {}, {}] },
  });
});

test('checks what is committed, not what lies about in the worktree', async () => {
  writeFileSync(join(workspace.directory, 'fix.txt'), 'never committed');
  const needsFix = check('fix', `require('node:fs').readFileSync('fix.txt');`);
  expect(await run(needsFix)).toMatchObject({ outcome: 'rejected' });
  await workspaces.commitAll(workspace, 'fix');
  expect(await run(needsFix)).toMatchObject({ outcome: 'succeeded' });
});

test('a check that cannot be started is a failure, not a verdict', async () => {
  const missing = { name: 'e2e', command: ['no-such-runner'] as const, timeoutMs: 1_000 };
  const result = await agent().run(
    request({ workspace, checks: [check('unit', ''), missing] }),
    undisturbed(),
  );
  expect(result).toMatchObject({
    outcome: 'failed',
    error: {
      code: 'CHECK_NOT_STARTED',
      message: expect.stringMatching(/^check "e2e": cannot start "no-such-runner"/) as string,
      retryable: false,
      details: { checks: [{ name: 'unit', passed: true }] },
    },
  });
});

test('the request’s checks come before the agent’s own', async () => {
  const own = agent({ name: 'validation', checks: [check('own', `process.exitCode = 1;`)] });
  expect(own.name).toBe('validation');
  expect(await own.run(request({ workspace }), undisturbed())).toMatchObject({
    reason: '1 of 1 checks failed: own exited with code 1',
  });
  const checks = [check('theirs', '')];
  expect(await own.run(request({ workspace, checks }), undisturbed())).toMatchObject({
    outcome: 'succeeded',
  });
});

test('nothing to check is never a success', async () => {
  expect(await run()).toMatchObject({ outcome: 'failed', error: { code: 'CHECKS_MISSING' } });
  const without = agent().run(request({ checks: [check('unit', '')] }), undisturbed());
  expect(await without).toMatchObject({
    outcome: 'failed',
    error: { code: 'CHECKS_WITHOUT_WORKSPACE', retryable: false },
  });
});

test('checks see the allow-listed environment and the marker only', async () => {
  const environment = { ...repository.environment, API_KEY: 'secret' };
  const printing = agent({
    environment,
    env: { CI: 'true' },
    marker: 'instance-3',
    checks: [check('env', `console.log(Object.keys(process.env).sort().join());`)],
  });
  expect(await printing.run(request({ workspace }), undisturbed())).toMatchObject({
    output: { checks: [{ stdoutTail: 'CHIMERA_PROCESS,CHIMERA_RUN,CI,HOME,PATH\n' }] },
  });
});

test('an abort stops the running check and starts no other', async () => {
  const controller = new AbortController();
  const started = join(repository.root, 'started');
  const isUp = new Moment();
  const watcher = watch(repository.root, (_, name) => {
    if (name === 'started') isUp.reach();
  });
  const running = agent().run(
    request({
      workspace,
      checks: [
        check(
          'hangs',
          `require('node:fs').writeFileSync(${JSON.stringify(started)}, ''); setInterval(() => {}, 1e6);`,
        ),
        check('never', ``),
      ],
    }),
    { signal: controller.signal },
  );
  await isUp.reached;
  watcher.close();
  controller.abort(new DOMException('', 'TimeoutError'));
  expect(await running).toMatchObject({
    outcome: 'failed',
    error: { code: 'AGENT_TIMEOUT', details: { checks: [] } },
  });
  expect(repository.worktrees()).toEqual([workspace.directory]);
});

test('a workspace that cannot be checked out is a failure', async () => {
  await workspaces.remove(workspace);
  repository.git('branch', '--quiet', '-D', workspace.branch);
  expect(await run(check('unit', ''))).toMatchObject({
    outcome: 'failed',
    error: { code: 'GIT_FAILED', retryable: true },
  });
});
