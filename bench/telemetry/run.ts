import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { scrapeTurns } from './scrape-turns.ts';
import { type Watch, WatchedPool, watches } from './watched-pool.ts';

/**
 * What the whole of telemetry costs a workflow of three phases that do nothing:
 *
 *   pnpm run bench:telemetry [--rounds 80] [--workflows 300] [--budget 0.02]
 *
 * The whole is all that a daemon does that nobody has set up: every metric with its exemplars, what
 * traces and profiles need to know beside the event log, the log at `info` in a file, and a scrape
 * each 15 s. Spans are made when an exporter is configured, of the event log, and cost nothing here.
 *
 * One pool for each kind of watching, all open at once; each round they take turns, in another
 * order each time, so that what else the machine does falls on all alike. It only ever adds:
 * compared are the means of the best quarter of each pool's rounds, in CPU time of the process (all
 * threads) and in time. Of a busy machine the figure is good to about one per cent.
 */
const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '80' },
    workflows: { type: 'string', default: '300' },
    /** Fails when telemetry takes more than this share. */
    budget: { type: 'string', default: '0.02' },
  },
});
const rounds = Number(values.rounds);
const workflows = Number(values.workflows);
const budget = Number(values.budget);
const warmUps = 8;
const scrapeEveryMs = 15_000;

interface Round {
  /** CPU time of one workflow, in µs. */
  readonly cpuUs: number;
  /** Time of one workflow, in µs. */
  readonly us: number;
}

async function roundOf(pool: WatchedPool): Promise<Round> {
  const began = performance.now();
  const before = process.cpuUsage();
  await pool.run(workflows);
  const { system, user } = process.cpuUsage(before);
  return {
    cpuUs: (system + user) / workflows,
    us: (1_000 * (performance.now() - began)) / workflows,
  };
}

const folder = mkdtempSync(join(tmpdir(), 'chimera-telemetry-'));
const pools = new Map<Watch, WatchedPool>();
for (const watch of watches)
  pools.set(watch, await WatchedPool.open(mkdtempSync(join(folder, 'pool-')), watch));
const measured = new Map<Watch, Round[]>(watches.map((watch) => [watch, []]));
const scrapes: number[] = [];
for (let round = -warmUps; round < rounds; round += 1) {
  const first = (round + warmUps) % watches.length;
  for (const watch of [...watches.slice(first), ...watches.slice(0, first)]) {
    const pool = pools.get(watch);
    if (pool === undefined) continue;
    const figures = await roundOf(pool);
    if (round < 0) continue;
    measured.get(watch)?.push(figures);
    if (watch === 'all' && round % 5 === 0) scrapes.push(await pool.scrape());
  }
}
for (const pool of pools.values()) await pool.close();
rmSync(folder, { recursive: true, force: true });

const bare = measured.get('nothing') ?? [];
const shares = new Map<Watch, number>();
console.table(
  watches.map((watch) => {
    const own = measured.get(watch) ?? [];
    const cpuUs = best(own, 'cpuUs');
    const share = cpuUs / best(bare, 'cpuUs') - 1;
    shares.set(watch, share);
    return {
      watch,
      'CPU of a workflow, µs': cpuUs.toFixed(1),
      'more CPU': percent(share),
      'workflows/s': (1e6 / best(own, 'us')).toFixed(0),
      'less throughput': percent(1 - best(bare, 'us') / best(own, 'us')),
    };
  }),
);
const scrapeMs = Math.min(...scrapes);
const whole = (shares.get('all') ?? Number.NaN) + scrapeMs / scrapeEveryMs;
const verdict = whole <= budget ? 'within' : 'over';
console.log(
  `the whole of telemetry with a scrape (${scrapeMs.toFixed(2)} ms of CPU) each 15 s: ${percent(whole)}, ${verdict} its budget of ${percent(budget)} (${rounds} rounds of ${workflows} workflows)`,
);
const turns = await scrapeTurns();
console.table(turns.rows);
console.log(
  `a scrape of 10,000 series keeps the loop for ${turns.worstMs.toFixed(2)} ms at a time; the budget is 5 ms`,
);
process.exit(whole <= budget && turns.worstMs <= 5 ? 0 : 1);

function best(sample: readonly Round[], figure: keyof Round): number {
  const sorted = sample.map((round) => round[figure]).toSorted((a, b) => a - b);
  const quarter = sorted.slice(0, Math.ceil(sorted.length / 4));
  return quarter.reduce((sum, value) => sum + value, 0) / quarter.length;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(2)} %`;
}
