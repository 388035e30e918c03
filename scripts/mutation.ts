import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { Stryker } from '@stryker-mutator/core';

/**
 * Changes the pure rules of the policies one operator at a time and counts which changes a test
 * notices. Not part of `pnpm test`: a package takes minutes. `pnpm run mutation retry-policy` runs
 * one; the report of every mutant is in `reports/mutation`.
 */
const pureFiles: Readonly<Record<string, readonly string[]>> = {
  'retry-policy': [
    'backoff',
    'decide',
    'decorrelated-backoff',
    'elapsed',
    'error-test',
    'field-of',
    'hedge-state',
    'in-flight-budget',
    'jitter',
    'quota-budget',
    'read-retry-after',
    'retry-after',
    'window-budget',
  ],
  'concurrency-limit': [
    'aimd',
    'classify-sample',
    'cubic-rate',
    'gradient2',
    'is-throttling',
    'limit-bounds',
    'sliding-window',
    'token-bucket',
    'vegas',
    'wait-queue',
    'windowed',
  ],
  'circuit-breaker': [
    'classify',
    'cleared-every',
    'consecutive',
    'count-window',
    'health',
    'open-duration',
    'quorum',
    'rate-threshold',
    'recovery-ramp',
    'rejection-probability',
    'snapshot',
    'state',
    'time-window',
    'transition',
  ],
};

/** Percent of the mutants that have to die. One that no test reaches is alive. */
const bar = 90;

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { concurrency: { type: 'string' }, file: { type: 'string', multiple: true } },
});
const chosen = positionals.length === 0 ? Object.keys(pureFiles) : positionals;
const concurrency = Number(values.concurrency ?? Math.max(1, availableParallelism() - 1));

const columns = ['package', 'mutants', 'killed', 'timed out', 'survived', 'uncovered', 'score'];
const rows: string[][] = [];
for (const name of chosen) {
  const results = await mutate(name, values.file ?? pureFiles[name] ?? []);
  const count = (status: string) => results.filter((mutant) => mutant.status === status).length;
  const dead = [count('Killed'), count('Timeout')] as const;
  const alive = [count('Survived'), count('NoCoverage')] as const;
  // What is left cannot be loaded, and says nothing of the tests.
  const mutants = [...dead, ...alive].reduce((sum, each) => sum + each, 0);
  const score = (100 * (dead[0] + dead[1])) / mutants;
  rows.push([name, ...[mutants, ...dead, ...alive].map(String), `${score.toFixed(1)} %`]);
  // Not a number without mutants: an empty run is noticed.
  if (!(score >= bar)) process.exitCode = 1;
}
for (const row of [columns, ...rows]) {
  process.stdout.write(`${row.map((cell, at) => cell.padEnd(at === 0 ? 20 : 11)).join('')}\n`);
}

async function mutate(
  name: string,
  rules: readonly string[],
): ReturnType<Stryker['runMutationTest']> {
  const files = rules.map((rule) => `packages/${name}/src/${rule}.ts`);
  const missing = files.filter((file) => !existsSync(file));
  if (files.length === 0) throw new RangeError(`mutation: no rules are known of ${name}`);
  if (missing.length > 0) throw new RangeError(`mutation: there is no ${missing.join(', ')}`);
  return new Stryker({
    mutate: files,
    // The copy that is changed holds this package alone, so its tests are all that there is to run.
    ignorePatterns: [
      '/*',
      '!/package.json',
      '!/tsconfig*.json',
      '!/vitest.*.ts',
      '!/packages',
      '/packages/*',
      `!/packages/${name}`,
    ],
    plugins: ['@stryker-mutator/vitest-runner'],
    testRunner: 'vitest',
    coverageAnalysis: 'perTest',
    concurrency,
    reporters: ['progress-append-only', 'clear-text', 'html', 'json'],
    clearTextReporter: { logTests: false, reportTests: false, reportScoreTable: false },
    htmlReporter: { fileName: `reports/mutation/${name}.html` },
    jsonReporter: { fileName: `reports/mutation/${name}.json` },
  }).runMutationTest();
}
