import { mkdirSync, mkdtempSync, realpathSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { startDaemon, stopDaemon } from '../src/daemon-process.ts';
import { fleetState, hasEnded, submitFleet } from '../src/fleet.ts';
import { reportLines, results } from '../src/report.ts';
import { findRepositories, makeRepositories } from '../src/repositories.ts';

/** A package whose source is this, among the fixtures of a fleet. */
function fixture(fleet: string, name: string, source: string): void {
  const directory = join(fleet, name);
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'package.json'), JSON.stringify({ name, type: 'module' }));
  writeFileSync(join(directory, 'index.js'), source);
  const test =
    "import { tail } from './index.js';\nif (tail('abc') !== 'bc') throw new Error('wrong');\n";
  writeFileSync(join(directory, 'index.test.js'), test);
}

test('a repository that has nothing to change is told from one that was changed', async () => {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), 'chimera-report-')));
  const fixtures = join(directory, 'fixtures');
  fixture(fixtures, 'modern', 'export const tail = (text) => text.slice(1);\n');
  fixture(fixtures, 'old', 'export const tail = (text) => text.substr(1);\n');
  await makeRepositories(fixtures, join(directory, 'repositories'));
  const repositories = await findRepositories(join(directory, 'repositories'));

  const daemon = await startDaemon({ directory, services: undefined });
  onTestFinished(() => stopDaemon(daemon));
  const fleet = await submitFleet(daemon.client, repositories);
  // Real processes: there is nothing to wait for but what the daemon says.
  while (!(await fleetState(daemon.client, fleet)).every(hasEnded)) await sleep(50);

  const lines = reportLines(await results(daemon.client, fleet)).join('\n');
  expect(lines).toMatch(/│ modern +│ nothing to change +│/);
  expect(lines).toMatch(/│ old +│ completed +│/);
}, 60_000);
