import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Everything that has to hold before a change lands, in the order in which it fails fastest. The
 * last line counts every check and every test: an empty run is noticed.
 */
const checks: readonly (readonly [name: string, command: string])[] = [
  ['format', 'prettier --check --log-level warn .'],
  ['lint', 'oxlint --type-aware --deny-warnings'],
  ['types', 'tsc --noEmit'],
  [
    'doors',
    'depcruise packages apps examples bench campaigns certificate conformance deploy runtimes --config .dependency-cruiser.cjs',
  ],
  ['unused code and dependencies', 'knip --no-config-hints'],
  ['build', 'turbo run build --output-logs=errors-only'],
  ['sizes of the policies', 'node bench/policies/check-sizes.ts'],
  ['packages and their READMEs', 'node scripts/check-packages.ts'],
  ['commands of the documents', 'node scripts/check-commands.ts'],
];

interface VitestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numFailedTestSuites: number;
}

let passed = 0;
let failed = 0;

for (const [name, command] of checks) {
  const startedAt = process.hrtime.bigint();
  const isGood = run(command);
  const seconds = Number(process.hrtime.bigint() - startedAt) / 1e9;
  process.stdout.write(`${isGood ? 'ok    ' : 'FAILED'} ${name} (${seconds.toFixed(1)} s)\n`);
  if (isGood) passed += 1;
  else failed += 1;
}

const directory = mkdtempSync(join(tmpdir(), 'chimera-test-'));
const report = join(directory, 'vitest.json');
const isGood = run(`vitest run --reporter=default --reporter=json --outputFile.json=${report}`);
// No report: the runner itself did not come up.
const { numFailedTestSuites, numFailedTests, numPassedTests } = (
  existsSync(report)
    ? JSON.parse(readFileSync(report, 'utf8'))
    : { numFailedTestSuites: 1, numFailedTests: 0, numPassedTests: 0 }
) as VitestReport;
rmSync(directory, { recursive: true });
passed += numPassedTests;
// A file that cannot be loaded fails without a test; count it, and any other reason to fail.
failed += Math.max(numFailedTests, numFailedTestSuites > 0 || !isGood ? 1 : 0);

process.stdout.write(`${passed} passed, ${failed} failed\n`);
process.exitCode = failed === 0 && numPassedTests > 0 ? 0 : 1;

function run(command: string): boolean {
  const [program = '', ...words] = command.split(' ');
  const { error, status } = spawnSync(program, words, { stdio: 'inherit' });
  if (error !== undefined) process.stderr.write(`${program}: ${error.message}\n`);
  return status === 0;
}
