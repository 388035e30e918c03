import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { chimera, newDirectory, startedDaemon } from './chimera-process.ts';

const readme = readFileSync(join(import.meta.dirname, '../README.md'), 'utf8');
const blocks = [...readme.matchAll(/```sh\n(.*?)```/gs)].map(([, block = '']) => block);

/** Runs a block of shell; what it would give `npx chimera` comes back, a list of words a line. */
function pasted(block: string, cwd: string): readonly (readonly string[])[] {
  const npx = String.raw`npx() { printf '%s\0' "$@"; printf '\n'; }`;
  const { status, stdout } = spawnSync('sh', ['-ec', `${npx}\n${block}`], {
    cwd,
    encoding: 'utf8',
  });
  expect(status).toBe(0);
  return stdout
    .split('\n')
    .slice(0, -1)
    .map((line) => line.split('\0').slice(0, -1));
}

test('what the README has to be pasted first starts a daemon and completes a workflow', async () => {
  const index = blocks.findIndex((block) => block.includes('> chimera.yaml'));
  const [files = '', submit = ''] = blocks.slice(index, index + 2);
  const directory = newDirectory();
  expect(pasted(files, directory)).toEqual([['chimera', 'start']]);
  const daemon = await startedDaemon(directory);
  onTestFinished(() => void daemon.stop());

  const [submitted, listed] = pasted(submit, directory);
  const [id = ''] = (await run(submitted)).split('\n');
  await expect
    .poll(async () => (await daemon.client.get(id)).status, { timeout: 20_000 })
    .toBe('completed');
  expect(await run(listed)).toMatch(new RegExp(`^${id} +standard +completed `, 'm'));

  async function run([program, ...words]: readonly string[] = []): Promise<string> {
    expect(program).toBe('chimera');
    const { stderr, stdout } = await chimera([...words, '--url', daemon.url], directory);
    expect(stderr).toBe('');
    return stdout;
  }
}, 60_000);
