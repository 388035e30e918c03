import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { buildDisk, withoutDisk } from '@chimera/proving/crash';
import { mergeVerdicts, type Verdict, type Violation } from '@chimera/proving/history';
import { commitKills } from './commit-kills.ts';
import { diskCrashes } from './disk-crashes.ts';
import { manyRuns } from './many-runs.ts';
import { table } from './table.ts';
import { makeTemplate } from './template.ts';

/**
 * Proves the daemon's store, pool, machine and dead letters by simulated lives on real SQLite:
 *
 *   pnpm run prove [--runs 10000] [--seed 1] [--data folder]
 *   pnpm run prove --part runs      lives with random faults and kills, one for each seed
 *   pnpm run prove --part commits   one life, killed after each of its commits
 *   pnpm run prove --part disk      its power cut at each operation on its disk
 *
 * Ends with 1 when a law was broken, and says how to see it again.
 */
const { values: flags } = parseArgs({
  options: {
    runs: { type: 'string', default: '10000' },
    seed: { type: 'string', default: '1' },
    part: { type: 'string', default: 'all' },
    // Memory, where there is some: nothing here is to last.
    data: { type: 'string', default: existsSync('/dev/shm') ? '/dev/shm' : tmpdir() },
  },
});
const seed = Number(flags.seed);
const directory = mkdtempSync(join(flags.data, 'chimera-prove-'));
const template = await makeTemplate(join(directory, 'template.db'));
const verdicts: Verdict[] = [];
const isWanted = (part: string) => flags.part === 'all' || flags.part === part;
const startedAt = performance.now();

if (isWanted('runs')) {
  const { agentRuns, batches, commits, failedSeed, faults, kills, runs, ...verdict } =
    await manyRuns(
      { runs: Number(flags.runs), seed, directory, template },
      ({ report, seed: of }, done) => {
        if (report.violations.length > 0) show(`seed ${of}`, report.violations);
        if (done % 500 === 0) console.log(`${done} runs`);
      },
    );
  verdicts.push(verdict);
  console.log(
    `${runs} lives: ${commits} commits (${batches} by another writer), ${kills} kills, ${faults} faults, ${agentRuns} runs of agents`,
  );
  if (failedSeed !== undefined)
    console.log(`replay: pnpm run prove --part runs --runs 1 --seed ${failedSeed}`);
}
if (isWanted('commits')) {
  const place = { directory: join(directory, 'commits'), template };
  for (const isElsewhere of [false, true]) {
    const { commits, kills, ...verdict } = await commitKills({ ...place, isElsewhere, seed });
    verdicts.push(verdict);
    show('commits', verdict.violations);
    const writer = isElsewhere ? ', hand-overs and losses, with another writer,' : '';
    console.log(`one life of ${commits} commits${writer} killed after each of ${kills}`);
    if (verdict.violations.length > 0)
      console.log(`replay: pnpm run prove --part commits --seed ${seed}`);
  }
}
if (isWanted('disk'))
  if (buildDisk(directory) === undefined) console.log(`power cuts: ${withoutDisk}`);
  else {
    const { report, ...verdict } = await diskCrashes({ seed, kills: 25, scratch: directory });
    verdicts.push(verdict);
    show('disk', verdict.violations);
    if (report !== undefined)
      console.log(
        `one life of ${report.operations} operations on its disk, crashed ${Object.entries(
          report.points,
        )
          .map(([fault, times]) => `${times} times by ${fault}`)
          .join(', ')}`,
      );
  }

const verdict = mergeVerdicts(verdicts);
const seconds = (performance.now() - startedAt) / 1_000;
for (const line of table(verdict)) console.log(line);
const isHeld = verdict.violations.length === 0;
console.log(`${isHeld ? 'every law held' : 'a law was BROKEN'} (${seconds.toFixed(0)} s)`);
if (isHeld) rmSync(directory, { recursive: true });
else console.log(`kept for you: ${directory}`);
process.exitCode = isHeld ? 0 : 1;

function show(where: string, violations: readonly Violation[]): void {
  for (const { law, message, subject } of violations.slice(0, 5))
    console.log(`  BROKEN ${law} in ${where}: ${subject}: ${message}`);
}
