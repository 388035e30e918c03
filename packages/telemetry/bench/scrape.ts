import { MetricsRegistry } from '@chimera/telemetry';
import prom from 'prom-client';

/**
 * How long a scrape of 10,000 series keeps the event loop from other work at a time, beside
 * prom-client. Run after a build: `node --expose-gc bench/scrape.ts`. Twenty scrapes each: of what
 * blocked longest in each, in CPU time of the thread (the machine may do other work), the median
 * and the longest.
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

/** CPU time of this thread, in ms. */
function cpuMs(): number {
  const { system, user } = process.threadCpuUsage();
  return (system + user) / 1_000;
}

/** The most that was worked without the loop coming round while `work` ran, and in all; in ms. */
async function blocking(work: () => Promise<number>): Promise<{ atATime: number; inAll: number }> {
  let isOver = false;
  let atATime = 0;
  const startedAt = cpuMs();
  let lastAt = startedAt;
  const turn = (): void => {
    const now = cpuMs();
    atATime = Math.max(atATime, now - lastAt);
    lastAt = now;
    if (!isOver) setImmediate(turn);
  };
  setImmediate(turn);
  await work();
  const inAll = cpuMs() - startedAt;
  isOver = true;
  await new Promise((resolve) => setImmediate(resolve));
  return { atATime, inAll };
}

async function row(name: string, work: () => Promise<number>): Promise<object> {
  const bytes = await work();
  for (let round = 0; round < 5; round += 1) await work();
  const results: { atATime: number; inAll: number }[] = [];
  for (let scrape = 0; scrape < scrapes; scrape += 1) results.push(await blocking(work));
  const atATime = results.map((result) => result.atATime).sort((left, right) => left - right);
  const inAll = results.map((result) => result.inAll).sort((left, right) => left - right);
  return {
    name,
    kB: Math.round(bytes / 1_000),
    'in all, median ms': (inAll[scrapes / 2] ?? 0).toFixed(2),
    'at a time, median ms': (atATime[scrapes / 2] ?? 0).toFixed(2),
    'at a time, longest ms': (atATime.at(-1) ?? 0).toFixed(2),
  };
}

console.table([await row('chimera', ourScrape), await row('prom-client', theirScrape)]);
if (gc !== undefined) console.log(`heap of our 10,000 series: ${heapMb.toFixed(1)} MB`);
