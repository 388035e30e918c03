import { mkdir, writeFile } from 'node:fs/promises';
import { type Effort, measure, type Result } from './measure.ts';
import type { Scenario } from './scenario.ts';
import { retryUnused } from './scenarios/a-retry-unused.ts';
import { retryTwice } from './scenarios/b-retry-twice.ts';
import { breakerInARow } from './scenarios/c-breaker-in-a-row.ts';
import { breakerWindow } from './scenarios/d-breaker-window.ts';
import { breakerOpen } from './scenarios/e-breaker-open.ts';
import { composed } from './scenarios/f-composed.ts';
import { concurrencyLimit } from './scenarios/g-concurrency-limit.ts';
import { priorityQueue } from './scenarios/h-priority-queue.ts';
import { breakerFailure } from './scenarios/x-breaker-failure.ts';
import { table } from './table.ts';

const scenarios: readonly Scenario[] = [
  retryUnused,
  retryTwice,
  breakerInARow,
  breakerWindow,
  breakerFailure,
  breakerOpen,
  composed,
  concurrencyLimit,
  priorityQueue,
];

// `node bench/policies/run.ts a f` measures these alone, and leaves the stored results as they are.
const letters = process.argv.slice(2);
const chosen = scenarios.filter(({ letter }) => letters.length === 0 || letters.includes(letter));

// Short batches: on a machine that does other work, most of them then run without interruption.
const effort: Effort = {
  warmUpMs: 250,
  rounds: 151,
  leastRounds: 9,
  longestMs: 5_000,
  batchMs: 1,
};

const results: Result[] = [];
for (const scenario of chosen) {
  const measured = await measure(scenario, effort);
  console.log(table(scenario, measured));
  results.push(...measured);
}

if (letters.length === 0) {
  const folder = new URL('../results/', import.meta.url);
  await mkdir(folder, { recursive: true });
  await writeFile(new URL('policies.json', folder), `${JSON.stringify(results, undefined, 2)}\n`);
}
// Some peers keep timers.
process.exit();
