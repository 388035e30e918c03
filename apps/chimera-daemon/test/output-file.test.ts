import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { writeOutput } from '../src/cli/output-file.ts';
import { chimera, newDirectory } from './chimera-process.ts';

/** Nobody listens there: whoever asks first is told so instead. */
const nobody = 'http://127.0.0.1:1';

test.for([
  ['profile', '--out', 'nowhere/cpu.pb.gz', 'no such file or directory, ENOENT'],
  ['profile', '--out', '.', 'illegal operation on a directory, EISDIR'],
  ['profile', '--token-file', 'nowhere', 'no such file or directory, ENOENT'],
])('%s %s %s is refused before the daemon is asked', async ([command, flag, file, reason]) => {
  const directory = newDirectory();
  const run = await chimera([command ?? '', flag ?? '', file ?? '', '--url', nobody], directory);
  expect(run).toMatchObject({ exitCode: 2, stdout: '' });
  expect(run.stderr).toMatch(
    new RegExp(
      `^chimera: ${flag} must be a file that can be .+, got .+ \\(${reason}\\); name another`,
    ),
  );
});

const failing = () => Promise.reject(new Error('no daemon'));

test('a file is written over once there is something to write, and left alone without', async () => {
  const directory = newDirectory({ old: 'what was there before' });
  const [old, fresh] = [join(directory, 'old'), join(directory, 'fresh')];
  for (const file of [old, fresh])
    await expect(writeOutput('--out', file, failing)).rejects.toThrow('no daemon');
  expect(readFileSync(old, 'utf8')).toBe('what was there before');
  expect(existsSync(fresh)).toBe(false);

  for (const file of [old, fresh]) {
    expect(await writeOutput('--out', file, () => Promise.resolve('new'))).toBe('new');
    expect(readFileSync(file, 'utf8')).toBe('new');
  }
});
