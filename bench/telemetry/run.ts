import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { seededRandom } from '@chimera/policy';
import { scrapeTurns } from './scrape-turns.ts';
import { type Share, shareOf, trimmedMean } from './share.ts';
import { type Figures, type Watch, WatchedPool, watches as everyWatch } from './watched-pool.ts';

/**
 * What the whole of telemetry costs a workflow of three phases that do nothing:
 *
 *   pnpm run bench:telemetry [--blocks 400] [--workflows 300] [--budget 0.02] [--data FOLDER] [--no-writer-thread] [--watches nothing,all]
 *
 * The whole is all that a daemon does that nobody has set up: every metric with its exemplars, what
 * traces and profiles need to know beside the event log, the log at `info` in a file, and a scrape
 * each 15 s. Spans are made when an exporter is configured, of the event log, and cost nothing here.
 *
 * There is one pool, and what watches it is switched from round to round. A block has two rounds of
 * each watch, there and back, so that whatever drifts falls on all alike; what is compared is within
 * a block. A round pays for its own garbage and its own checkpoint, or the watch that comes next
 * would. A busy machine makes the interval wide and leaves its middle where it is.
 *
 * The budget is of throughput. What telemetry takes of the event loop's CPU time is told beside it: a
 * larger share, for the loop waits for the disk, too. As in the daemon a thread writes large groups,
 * which takes work off the loop that telemetry has no part in (docs/adr/0009).
 */
const { values } = parseArgs({
  allowNegative: true,
  options: {
    blocks: { type: 'string', default: '400' },
    workflows: { type: 'string', default: '300' },
    /** Fails when telemetry takes more than this share. */
    budget: { type: 'string', default: '0.02' },
    /** Where database and log are. In memory, such as /dev/shm, the disk's moods are left out. */
    data: { type: 'string', default: tmpdir() },
    'writer-thread': { type: 'boolean', default: true },
    /** Those to compare; with fewer, as much time has more blocks. */
    watches: { type: 'string', default: everyWatch.join() },
  },
});
const blocks = Number(values.blocks);
const workflows = Number(values.workflows);
const named = new Set(values.watches.split(','));
const watches = everyWatch.filter((watch) => named.has(watch));
const budget = Number(values.budget);
const warmUps = Math.ceil(5_000 / workflows);
const scrapeEveryMs = 15_000;
const seed = 20261122;

const folder = mkdtempSync(join(values.data, 'chimera-telemetry-'));
const pool = await WatchedPool.open(folder, { writerThread: values['writer-thread'] });
for (let round = 0; round < warmUps; round += 1)
  for (const watch of watches) await pool.measure(watch, workflows);

/** Of each block, the sum of a watch's two rounds. */
const measured = new Map<Watch, Figures[]>(watches.map((watch) => [watch, []]));
const scrapes: number[] = [];
for (let block = 0; block < blocks; block += 1) {
  const first = block % watches.length;
  const there = [...watches.slice(first), ...watches.slice(0, first)];
  const sums = new Map<Watch, Figures>();
  for (const watch of [...there, ...there.toReversed()]) {
    const { loopUs, processUs, us } = await pool.measure(watch, workflows);
    const sum = sums.get(watch) ?? { loopUs: 0, processUs: 0, us: 0 };
    sums.set(watch, {
      loopUs: sum.loopUs + loopUs / 2,
      processUs: sum.processUs + processUs / 2,
      us: sum.us + us / 2,
    });
  }
  for (const [watch, figures] of sums) measured.get(watch)?.push(figures);
  if (block % 10 === 0) scrapes.push(await pool.scrape());
}
await pool.close();
rmSync(folder, { recursive: true, force: true });

console.table(
  watches.map((watch) => ({
    watch,
    'CPU of the loop, µs': trimmedMean(column(watch, 'loopUs')).toFixed(1),
    more: interval(share(watch, 'loopUs')),
    'CPU of the process, more': interval(share(watch, 'processUs')),
    'workflows/s': (1e6 / trimmedMean(column(watch, 'us'))).toFixed(0),
    'time, more': interval(share(watch, 'us')),
  })),
);
const scrapeMs = Math.min(...scrapes);
const ofScrape = scrapeMs / scrapeEveryMs;
const whole = share('all', 'us').share + ofScrape;
const ofLoop = share('all', 'loopUs').share + ofScrape;
const verdict = whole <= budget ? 'within' : 'over';
console.log(
  `the whole of telemetry with a scrape (${scrapeMs.toFixed(2)} ms of CPU) each 15 s: ${percent(whole)} of throughput, ${verdict} its budget of ${percent(budget)}; ${percent(ofLoop)} of the loop (${blocks} blocks of 2 × ${workflows} workflows, 95 % intervals)`,
);
const turns = await scrapeTurns();
console.table(turns.rows);
console.log(
  `a scrape of 10,000 series keeps the loop for ${turns.worstMs.toFixed(2)} ms at a time; the budget is 5 ms`,
);
process.exit(whole <= budget && turns.worstMs <= 5 ? 0 : 1);

function column(watch: Watch, figure: keyof Figures): readonly number[] {
  return (measured.get(watch) ?? []).map((figures) => figures[figure]);
}

function share(watch: Watch, figure: keyof Figures): Share {
  return shareOf(column(watch, figure), column('nothing', figure), seededRandom(seed));
}

function interval({ from, share, to }: Share): string {
  return `${percent(share)} (${(100 * from).toFixed(2)} to ${(100 * to).toFixed(2)})`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(2)} %`;
}
