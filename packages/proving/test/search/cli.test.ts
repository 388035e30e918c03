import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';

test('chimera-prove searches for harm where a file claims that there is none', () => {
  const { status, stderr, stdout } = spawnSync(
    process.execPath,
    [
      '--conditions=chimera-source',
      join(import.meta.dirname, '../../src/cli.ts'),
      join(import.meta.dirname, '../fixtures/harm-claims.ts'),
      '--seed=3',
      '--runs=40',
    ],
    { encoding: 'utf8' },
  );
  expect(stderr).toBe('');
  expect(stdout).toContain('✓ bare: no harm found in 40 traces');
  expect(stdout).toContain('✗ impatient does harm');
  expect(stdout).toMatch(/replayHarm\('harm1:[\w-]+', \{ policy, server \}\)/);
  expect(status).toBe(1);
});
