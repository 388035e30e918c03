import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { flatness, type Sample } from './flatness.ts';
import { virtualDay } from './virtual-day.ts';

/**
 * A day of load on a virtual clock; memory and files must be as large at its end as at its beginning:
 *
 *   pnpm run day [--workflows 10000000] [--hours 24] [--slots 128] [--seed 1] [--data folder]
 *
 * Ends with 1 when something grew, or was lost.
 */
const { values: flags } = parseArgs({
  // pnpm hands on the `--` before them.
  args: process.argv.slice(2).filter((word) => word !== '--'),
  options: {
    workflows: { type: 'string', default: '10000000' },
    hours: { type: 'string', default: '24' },
    slots: { type: 'string', default: '128' },
    seed: { type: 'string', default: '1' },
    data: { type: 'string', default: tmpdir() },
  },
});
const directory = mkdtempSync(join(flags.data, 'chimera-day-'));
console.log('  hour   RSS MB  heap MB    db MB   WAL MB   stored   queued');
const { counts, cycleMs, forgotten, samples, submitted } = await virtualDay({
  directory,
  hours: Number(flags.hours),
  workflows: Number(flags.workflows),
  slots: Number(flags.slots),
  seed: Number(flags.seed),
  onSample: (sample) => console.log(line(sample)),
});
rmSync(directory, { recursive: true });

const alive = counts.queued + counts.running + counts.waiting;
console.log(
  `${submitted} submitted: ${forgotten} ended and forgotten, ${counts.completed} completed, ${counts.dead} dead, ${counts.cancelled} cancelled, ${alive} alive`,
);
const verdicts = flatness(samples, cycleMs);
for (const { early, isFlat, late, measure } of verdicts)
  console.log(
    `${isFlat ? 'flat ' : 'GREW '} ${measure.padEnd(8)} ${mebibytes(early)} MB at most in the second cycle, ${mebibytes(late)} MB in the last`,
  );
process.exitCode = alive === 0 && verdicts.every(({ isFlat }) => isFlat) ? 0 : 1;

function line({ atMs, database, heap, queued, rss, wal, workflows }: Sample): string {
  const columns = [rss, heap, database, wal].map(mebibytes);
  return [
    (atMs / 3_600_000).toFixed(2).padStart(6),
    ...[...columns, String(workflows), String(queued)].map((column) => column.padStart(8)),
  ].join(' ');
}

function mebibytes(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(1);
}
