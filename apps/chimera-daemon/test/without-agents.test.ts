import { join } from 'node:path';
import { expect, test } from 'vitest';
import { newDirectory, startedDaemon } from './chimera-process.ts';

const checks = `{ name: lint, stage: validation, timeout: 1m, checks: [{ name: lint, command: ['true'] }] }`;
const child = (workflow: string) =>
  `{ name: fan, stage: planning, timeout: 1m, children: { start: [{ workflow: ${workflow} }] } }`;

/** The warnings of a start in there. */
async function warnings(directory: string): Promise<readonly string[]> {
  const daemon = await startedDaemon(directory, ['--log-level', 'warn']);
  const { stderr } = await daemon.stop();
  const lines = stderr.split('\n').filter((line) => line !== '');
  return lines.map((line) => (JSON.parse(line) as { readonly msg: string }).msg);
}

test('a start without agents and settings warns that no workflow can run, and says where agents are configured', async () => {
  const directory = newDirectory();
  expect(await warnings(directory)).toEqual([
    `no agents are configured: no workflow can run (known are standard, chimera, which need some); configure them under agents in ${directory}/chimera.yaml, which is not there, or in the file that --config names`,
  ]);
});

test('a start without agents names the workflows that can run, which need none, nor do their children', async () => {
  const directory = newDirectory({
    'chimera.yaml': 'workflows: [lint.yaml, both.yaml, fan.yaml]',
    'lint.yaml': `name: lint\nphases: [${checks}]`,
    'both.yaml': `name: both\nphases: [${child('lint')}]`,
    'fan.yaml': `name: fan\nphases: [${child('standard')}]`,
  });
  expect(await warnings(directory)).toEqual([
    `no agents are configured: only workflows of checks can run (lint, both); configure them under agents in ${join(directory, 'chimera.yaml')}`,
  ]);
});

test('a start with an agent warns of nothing', async () => {
  const agents = 'agents: { a: { type: command, command: [node] } }';
  expect(await warnings(newDirectory({ 'chimera.yaml': agents }))).toEqual([]);
});
