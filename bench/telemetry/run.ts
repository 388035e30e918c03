import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Watch, WatchedPool, watches } from './watched-pool.ts';

/**
 * What telemetry costs: CPU time of a workflow of three phases that do nothing, with and without,
 * in turn in one process. CPU time, for the machine may do other work; and the least of all rounds,
 * for what that does to caches only ever adds.
 */
const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '9' },
    workflows: { type: 'string', default: '1500' },
    /** Fails when telemetry takes more than this share. */
    budget: { type: 'string', default: '0.02' },
  },
});
const rounds = Number(values.rounds);
const workflows = Number(values.workflows);
const budget = Number(values.budget);
const scrapeEveryMs = 15_000;

interface Round {
  /** CPU time of one workflow, in µs. */
  readonly us: number;
  readonly scrapeMs: number;
}

async function roundOf(watch: Watch): Promise<Round> {
  const folder = mkdtempSync(join(tmpdir(), 'chimera-telemetry-'));
  const pool = await WatchedPool.open(folder, watch);
  try {
    await pool.run(Math.ceil(workflows / 5));
    const before = process.cpuUsage();
    await pool.run(workflows);
    const { system, user } = process.cpuUsage(before);
    return { us: (system + user) / workflows, scrapeMs: await pool.scrape() };
  } finally {
    await pool.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

for (const watch of watches) await roundOf(watch);
const measured = new Map<Watch, Round[]>(watches.map((watch) => [watch, []]));
for (let round = 0; round < rounds; round += 1) {
  // Each goes first in its turn: what a round leaves to the next one falls on all alike.
  const inTurn = watches.map((_, index) => watches[(index + round) % watches.length] ?? 'nothing');
  for (const watch of inTurn) measured.get(watch)?.push(await roundOf(watch));
}

const bare = measured.get('nothing') ?? [];
const shares = new Map<Watch, number>();
console.table(
  watches.map((watch) => {
    const own = measured.get(watch) ?? [];
    const share = least(own.map(({ us }) => us)) / least(bare.map(({ us }) => us)) - 1;
    shares.set(watch, share);
    return {
      watch,
      'CPU of a workflow, µs': least(own.map(({ us }) => us)).toFixed(0),
      'median, µs': median(own.map(({ us }) => us)).toFixed(0),
      'more than nothing': percent(share),
      'CPU of a scrape, ms': median(own.map(({ scrapeMs }) => scrapeMs)).toFixed(2),
    };
  }),
);
const scrapeMs = median((measured.get('telemetry') ?? []).map((round) => round.scrapeMs));
const whole = (shares.get('telemetry') ?? Number.NaN) + scrapeMs / scrapeEveryMs;
const verdict = whole <= budget ? 'within' : 'over';
console.log(
  `telemetry with a scrape each 15 s: ${percent(whole)}, ${verdict} its budget of ${percent(budget)} (${rounds} rounds of ${workflows} workflows)`,
);
process.exit(whole <= budget ? 0 : 1);

function least(sample: readonly number[]): number {
  return Math.min(...sample);
}

function median(sample: readonly number[]): number {
  return sample.toSorted((a, b) => a - b)[Math.floor(sample.length / 2)] ?? Number.NaN;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(2)} %`;
}
