import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { newDirectory } from './chimera-process.ts';

/** The program in a package that has what is given for its build. */
function run(built?: string) {
  const folder = newDirectory({ 'package.json': '{ "type": "module" }' });
  cpSync(join(import.meta.dirname, '../bin'), join(folder, 'bin'), { recursive: true });
  if (built !== undefined) {
    mkdirSync(join(folder, 'dist'));
    writeFileSync(join(folder, 'dist/cli.js'), built);
  }
  const { status, stderr, stdout } = spawnSync(
    process.execPath,
    [join(folder, 'bin/chimera.js'), 'help'],
    { encoding: 'utf8' },
  );
  return { status, stderr, stdout };
}

test('a clone that is not built says in one sentence how to build it', () => {
  expect(run()).toEqual({
    status: 1,
    stdout: '',
    stderr:
      'chimera is not built yet; type in the root of its repository: npx -y pnpm@10 run build\n',
  });
});

test('what else cannot be found is told as it is', () => {
  const { status, stderr } = run(`import 'chimera-is-not-here';`);
  expect(status).toBe(1);
  expect(stderr).toContain('ERR_MODULE_NOT_FOUND');
  expect(stderr).toContain('chimera-is-not-here');
});

test('what is built is run', () => {
  expect(run(`console.log('runs')`)).toEqual({ status: 0, stdout: 'runs\n', stderr: '' });
});
