import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand } from './run-command.ts';

interface VitestReport {
  readonly numPassedTests: number;
}

/**
 * Runs the tests of some packages, or those in files of these names, from source, on another
 * Node.js; how many passed. Throws when one fails.
 */
export function runSuites(
  node: string,
  projects: readonly string[],
  root: string,
  scratch: string,
  files: readonly string[] = [],
): number {
  const report = join(scratch, 'suites.json');
  const words = [
    join(root, 'node_modules', 'vitest', 'vitest.mjs'),
    'run',
    ...files,
    '--reporter=dot',
    '--reporter=json',
    `--outputFile.json=${report}`,
    ...projects.flatMap((project) => ['--project', project]),
  ];
  runCommand(node, words, root, 600_000);
  const { numPassedTests } = JSON.parse(readFileSync(report, 'utf8')) as VitestReport;
  if (numPassedTests === 0) throw new Error('no test was run');
  return numPassedTests;
}
