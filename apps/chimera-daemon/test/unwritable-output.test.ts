import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { newDirectory, spawnChimera } from './chimera-process.ts';

/** Exit code, and what was written to standard error. */
async function run(stdout: 'pipe' | number): Promise<readonly [number | null, string]> {
  const child = spawnChimera(['--help'], newDirectory(), stdout);
  child.stdout?.destroy();
  if (child.stderr === null) throw new Error('standard error is not piped');
  const [told] = await Promise.all([text(child.stderr), once(child, 'close')]);
  return [child.exitCode, told];
}

test.runIf(process.platform === 'linux')(
  'output for which there is no space is told in one sentence',
  async () => {
    const full = openSync('/dev/full', 'w');
    onTestFinished(() => closeSync(full));
    expect(await run(full)).toEqual([
      1,
      'chimera: standard output cannot be written (no space left on device, ENOSPC); what was asked for may be done all the same\n',
    ]);
  },
);

test('a reader that has read enough is nothing to tell', async () => {
  expect(await run('pipe')).toEqual([0, '']);
});
