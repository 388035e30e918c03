import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const folder = join(import.meta.dirname, '..');
const isThere = spawnSync('promtool', ['--version']).error === undefined;
if (!isThere) console.log('promtool is not installed (Debian: prometheus): rules are not played');

test.runIf(isThere)('each alert fires in its case, and is silent in the nearest other one', () => {
  const { status, stderr, stdout } = spawnSync(
    'promtool',
    ['test', 'rules', 'prometheus/tests/slo-alerts.yml', 'prometheus/tests/static-alerts.yml'],
    { cwd: folder, encoding: 'utf8' },
  );
  expect(status, `${stdout}${stderr}`).toBe(0);
  expect(stdout).toContain('SUCCESS');
});
