import { MetricsRegistry } from '../../packages/telemetry/src/index.ts';

/** So many scrapes: the median of their longest turns is what counts, for the machine does other work. */
const scrapes = 30;
const labels = ['queue'] as const;
const help = 'Measured.';
const queues = Array.from({ length: 10_000 }, (_, index) => `queue-${index}`);

/** Registries of 10,000 series each: of a line, of many, and of what is read at the scrape. */
const registries: readonly (readonly [string, () => MetricsRegistry])[] = [
  [
    '10,000 counters',
    () => {
      const registry = new MetricsRegistry({ maxSeries: queues.length });
      const jobs = registry.counter({ name: 'jobs_total', help, labels });
      for (const queue of queues) jobs.bind({ queue }).add(1, { trace_id: queue });
      return registry;
    },
  ],
  [
    '10,000 lines of histograms of 11 buckets',
    () => {
      const registry = new MetricsRegistry({ maxSeries: queues.length });
      const runs = registry.histogram({ name: 'run_seconds', help, labels });
      for (const queue of queues.slice(0, Math.ceil(queues.length / 14)))
        runs.bind({ queue }).observe(0.1, { trace_id: queue });
      return registry;
    },
  ],
  [
    '10 gauges that are read, of 1,000 series each',
    () => {
      const registry = new MetricsRegistry();
      for (let gauge = 0; gauge < 10; gauge += 1)
        registry.observedGauge({
          name: `depth_${gauge}`,
          help,
          labels,
          read: (tell) => {
            for (const queue of queues.slice(0, 1_000)) tell(gauge, { queue });
          },
        });
      return registry;
    },
  ],
];

/** Of a turn in which the processor was given to others the length says nothing: it counts as 0. */
function beginTurn(): () => number {
  const { involuntaryContextSwitches: before } = process.resourceUsage();
  const began = performance.now();
  return () => {
    const ms = performance.now() - began;
    return process.resourceUsage().involuntaryContextSwitches === before ? ms : 0;
  };
}

export interface ScrapeTurns {
  readonly rows: readonly object[];
  /** The longest turn of a scrape, the median of scrapes, of the worst registry. */
  readonly worstMs: number;
}

/** How long a scrape of 10,000 series keeps the event loop at a time. */
export async function scrapeTurns(): Promise<ScrapeTurns> {
  const rows: object[] = [];
  let worstMs = 0;
  for (const [name, make] of registries) {
    const registry = make();
    const found: { readonly worst: number; readonly total: number; readonly turns: number }[] = [];
    for (let scrape = 0; scrape < scrapes; scrape += 1) {
      const turns: number[] = [];
      let turn = beginTurn();
      for await (const _ of registry.expose()) {
        turns.push(turn());
        await new Promise((resolve) => setImmediate(resolve));
        turn = beginTurn();
      }
      const total = turns.reduce((sum, ms) => sum + ms, 0);
      found.push({ worst: Math.max(...turns), total, turns: turns.length });
    }
    const worst = found.map((each) => each.worst).toSorted((a, b) => a - b);
    worstMs = Math.max(worstMs, worst[Math.floor(worst.length / 2)] ?? Number.NaN);
    rows.push({
      'a scrape of': name,
      turns: found.at(-1)?.turns,
      'in all, ms': Math.min(...found.map(({ total }) => total)).toFixed(1),
      'longest turn, ms (median)': worst[Math.floor(worst.length / 2)]?.toFixed(2),
      'longest of all scrapes, ms': worst.at(-1)?.toFixed(2),
    });
  }
  return { rows, worstMs };
}
