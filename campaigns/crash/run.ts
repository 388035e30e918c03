import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { buildDisk, withoutDisk } from '@chimera/proving/crash';
import { faultCampaign } from './fault-campaign.ts';
import { killCampaign, type KillReport } from './kill-campaign.ts';
import { powerCampaign } from './power-campaign.ts';
import { quantile } from './quantile.ts';

/**
 * Kills a real daemon under load, and judges what it left:
 *
 *   pnpm run crash [--kills 1000] [--seed 1] [--data folder]
 *   pnpm run crash --power [--cuts 1000] [--seed 1]    cuts the power instead: unsynced writes are lost
 *   pnpm run crash --faults                            fills the disk, makes it read-only, lets it fail
 *
 * Ends with 1 when a promise was broken. What led to that is kept under --data.
 */
const { values: flags } = parseArgs({
  // pnpm hands on the `--` before them.
  args: process.argv.slice(2).filter((word) => word !== '--'),
  options: {
    kills: { type: 'string', default: '1000' },
    cuts: { type: 'string', default: '1000' },
    seed: { type: 'string', default: '1' },
    data: { type: 'string', default: tmpdir() },
    power: { type: 'boolean', default: false },
    faults: { type: 'boolean', default: false },
  },
});
const seed = Number(flags.seed);
const directory = mkdtempSync(join(flags.data, 'chimera-campaign-'));
const library = buildDisk(directory);

let isKept: boolean;
if (flags.power) isKept = await powerCuts(Number(flags.cuts));
else if (flags.faults) isKept = await faults();
else isKept = await kills(Number(flags.kills));

if (isKept) rmSync(directory, { recursive: true });
else console.log(`kept for you: ${directory}`);
process.exitCode = isKept ? 0 : 1;

/** Fresh databases in between: a start checks all of its database. */
async function kills(wanted: number): Promise<boolean> {
  const killsPerRound = 50;
  if (library === undefined) console.log(`kills inside commits: ${withoutDisk}`);
  const reports: KillReport[] = [];
  for (let done = 0; done < wanted; done += killsPerRound) {
    const report = await killCampaign({
      directory: join(directory, `round-${reports.length + 1}`),
      kills: Math.min(killsPerRound, wanted - done),
      seed: seed + reports.length,
      library,
    });
    reports.push(report);
    console.log(`after ${done + report.kills} kills: ${brief(reports)}`);
    for (const { law, message, subject } of report.violations.slice(0, 20))
      console.log(`  BROKEN ${law}: ${subject}: ${message}`);
  }
  const inside: Record<string, number> = {};
  for (const { insideCommits } of reports)
    for (const [name, count] of Object.entries(insideCommits))
      inside[name] = (inside[name] ?? 0) + count;
  console.log('killed inside', inside);
  return reports.every((report) => brokenBy(report) === 0);
}

function brief(reports: readonly KillReport[]): string {
  const sum = (of: (report: KillReport) => number) =>
    reports.reduce((total, report) => total + of(report), 0);
  const recoveries = reports.flatMap(({ recoveriesMs }) => recoveriesMs);
  const starts = reports.flatMap(({ startsMs }) => startsMs);
  return [
    `${sum((r) => Object.values(r.insideCommits).reduce((a, b) => a + b, 0))} inside commits`,
    `${sum((r) => r.duringStart)} while starting`,
    `${sum((r) => r.acknowledged)} workflows acknowledged`,
    `${sum((r) => r.agentRuns)} agents run`,
    `${sum((r) => r.violations.length)} violations`,
    `${sum((r) => r.orphans)} of ${sum((r) => r.outlived)} outliving processes orphaned`,
    `${sum((r) => r.leftBehind)} left behind`,
    `recovery p50 ${quantile(recoveries, 0.5)} ms, p99 ${quantile(recoveries, 0.99)} ms, max ${quantile(recoveries, 1)} ms (of it start p50 ${quantile(starts, 0.5)} ms)`,
  ].join(' · ');
}

function brokenBy({ leftBehind, orphans, violations }: KillReport): number {
  return violations.length + orphans + leftBehind;
}

async function powerCuts(cuts: number): Promise<boolean> {
  if (library === undefined) {
    console.log(`power cuts: ${withoutDisk}`);
    return true;
  }
  let isGood = true;
  for (const durability of ['power-loss', 'crash'] as const) {
    const report = await powerCampaign({
      directory: join(directory, durability),
      cuts,
      durability,
      library,
      seed,
    });
    console.log(
      `durability ${durability}: ${report.cuts} cuts through ${report.operations} operations, ${report.acknowledged} submits acknowledged: ` +
        `${report.unusable.length} images that do not open or are damaged, ` +
        `${report.cutsWithLoss} cuts lost acknowledged submits (${report.lost} in all, at most ${report.mostLost} at once)`,
    );
    for (const failure of report.unusable.slice(0, 10)) console.log(`  BROKEN ${failure}`);
    // What `crash` gives up is the last commits, and nothing else.
    if (report.unusable.length > 0) isGood = false;
    if (durability === 'power-loss' && report.lost > 0) isGood = false;
  }
  return isGood;
}

async function faults(): Promise<boolean> {
  if (library === undefined) {
    console.log(`faults of the disk: ${withoutDisk}`);
    return true;
  }
  const reports = await faultCampaign({ directory: join(directory, 'faults'), library });
  for (const { broken, fault, summary } of reports) {
    console.log(`${fault}: ${summary}`);
    for (const line of broken) console.log(`  BROKEN ${line}`);
  }
  return reports.every(({ broken }) => broken.length === 0);
}
