import { MetricsRegistry } from '@chimera/telemetry';
import prom from 'prom-client';

/**
 * How long a scrape of 10,000 series keeps the event loop from other work at a time, beside
 * prom-client. Run after a build: `node --expose-gc bench/scrape.ts`. The turns of the loop during a
 * scrape are timed one by one, each as the median of several scrapes: the machine may do other work.
 */
const scrapes = 20;
const queues = Array.from({ length: 5_000 }, (_, index) => `queue-${index}`);
const help = 'Measured.';
const labels = ['queue'] as const;
const { gc } = globalThis as { gc?: () => void };

gc?.();
const heapBefore = process.memoryUsage().heapUsed;
const registry = new MetricsRegistry({ maxSeries: 10_000 });
const jobs = registry.counter({ name: 'jobs_total', help, labels });
const depth = registry.gauge({ name: 'depth', help, labels });
const ours = queues.flatMap((queue) => [jobs.bind({ queue }), depth.bind({ queue })]);
for (const [index, series] of ours.entries()) series.add(index);
gc?.();
const heapMb = (process.memoryUsage().heapUsed - heapBefore) / 1e6;

const theirs = new prom.Registry();
const registers = [theirs];
const theirJobs = new prom.Counter({ name: 'jobs_total', help, labelNames: labels, registers });
const theirDepth = new prom.Gauge({ name: 'depth', help, labelNames: labels, registers });
for (const [index, queue] of queues.entries()) {
  theirJobs.labels(queue).inc(index);
  theirDepth.labels(queue).set(index);
}

async function ourScrape(): Promise<number> {
  let length = 0;
  for await (const chunk of registry.expose()) length += Buffer.byteLength(chunk);
  return length;
}

async function theirScrape(): Promise<number> {
  return Buffer.byteLength(await theirs.metrics());
}

/** How long each turn of the loop took while `work` ran, in ms. */
async function turnsOf(work: () => Promise<number>): Promise<readonly number[]> {
  const turns: number[] = [];
  let isOver = false;
  let lastAt = performance.now();
  const turn = (): void => {
    const now = performance.now();
    turns.push(now - lastAt);
    lastAt = now;
    if (!isOver) setImmediate(turn);
  };
  setImmediate(turn);
  await work();
  isOver = true;
  await new Promise((resolve) => setImmediate(resolve));
  return turns;
}

async function row(name: string, work: () => Promise<number>): Promise<object> {
  const bytes = await work();
  for (let round = 0; round < 5; round += 1) await work();
  const runs: (readonly number[])[] = [];
  for (let scrape = 0; scrape < scrapes; scrape += 1) runs.push(await turnsOf(work));
  const turns = (runs[0] ?? []).map((_, index) => median(runs.map((run) => run[index] ?? 0)));
  return {
    name,
    kB: Math.round(bytes / 1_000),
    turns: turns.length,
    'in all, ms': turns.reduce((sum, ms) => sum + ms, 0).toFixed(1),
    'longest turn, ms': Math.max(...turns).toFixed(2),
    'longest of any scrape, ms': Math.max(...runs.flat()).toFixed(2),
  };
}

function median(sample: readonly number[]): number {
  return sample.toSorted((left, right) => left - right)[Math.floor(sample.length / 2)] ?? 0;
}

console.table([await row('chimera', ourScrape), await row('prom-client', theirScrape)]);
if (gc !== undefined) console.log(`heap of our 10,000 series: ${heapMb.toFixed(1)} MB`);
