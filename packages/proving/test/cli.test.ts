import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const cli = join(import.meta.dirname, '../src/cli.ts');

function run(file: string, ...args: readonly string[]) {
  return spawnSync(
    process.execPath,
    ['--conditions=chimera-source', cli, join(import.meta.dirname, file), ...args],
    { encoding: 'utf8' },
  );
}

test('chimera-prove tries every claim of a file, and fails when one does not hold', () => {
  const { status, stdout } = run('fixtures/claims.ts');
  expect(status).toBe(1);
  expect(stdout).toContain('✓ right: 50 runs');
  expect(stdout).toContain('✗ wrong breaks breaker-4');
  expect(stdout).toMatch(/replay\('prv1:[\w-]+', create\)/);
});

test('--report json is for machines, --seed and --runs go before what the file says', () => {
  const { stdout } = run('fixtures/claims.ts', '--report', 'json', '--seed', '5', '--runs', '7');
  const [right] = JSON.parse(stdout) as readonly [{ readonly runs: number }];
  expect(right).toMatchObject({ claim: 'right', holds: true, runs: 7 });
});

test('a file without a claim is a mistake', () => {
  const { status, stderr } = run('../src/index.ts');
  expect(status).toBe(2);
  expect(stderr).toContain('exports no claim');
});
