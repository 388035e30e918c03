import { systemClock } from '@chimera/policy';
import {
  installTelemetry,
  MetricsRegistry,
  registryInstruments,
  timed,
  trackRequest,
} from '@chimera/telemetry';
import { openTelemetry } from '@chimera/telemetry/open-telemetry';
import prom from 'prom-client';
import { alternate, type Candidate } from './alternate.ts';

/**
 * What a measurement costs, beside prom-client in the same run. Run after a build:
 * `node bench/observations.ts`. Prints ns, the median of rounds, and the ratio within a round.
 */
const agents = ['planner', 'coder', 'reviewer', 'deployer'];
const labels = ['agent'] as const;
const help = 'Measured.';
/** Durations from 1 ms to 8 s. */
const values = Array.from({ length: 1_024 }, (_, index) => 0.001 * 2 ** (index % 14));

const registry = new MetricsRegistry();
const counters = agents.map((agent) =>
  registry.counter({ name: 'ours_total', help, labels }).bind({ agent }),
);
const histograms = agents.map((agent) =>
  registry.histogram({ name: 'ours_seconds', help, labels }).bind({ agent }),
);
const theirRegistry = new prom.Registry();
const registers = [theirRegistry];
const theirCounter = new prom.Counter({
  name: 'theirs_total',
  help,
  labelNames: labels,
  registers,
});
const theirHistogram = new prom.Histogram({
  name: 'theirs_seconds',
  help,
  labelNames: labels,
  registers,
  // The same bounds as ours.
  buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
});

const bare = agents.map(() => ({ count: 0 }));
const counting: Candidate[] = [
  {
    name: 'an increment, no library',
    run: (times) => {
      for (let index = 0; index < times; index += 1) (bare[index & 3] ?? { count: 0 }).count += 1;
    },
  },
  {
    name: 'counter, bound',
    run: (times) => {
      for (let index = 0; index < times; index += 1) counters[index & 3]?.add(1);
    },
  },
  {
    name: 'prom-client labels().inc()',
    run: (times) => {
      for (let index = 0; index < times; index += 1) {
        theirCounter.labels(agents[index & 3] ?? '').inc(1);
      }
    },
  },
];
const observing: Candidate[] = [
  {
    name: 'histogram, bound',
    run: (times) => {
      for (let index = 0; index < times; index += 1) {
        histograms[index & 3]?.observe(values[index & 1_023] ?? 0);
      }
    },
  },
  {
    name: 'prom-client labels().observe()',
    run: (times) => {
      for (let index = 0; index < times; index += 1) {
        theirHistogram.labels(agents[index & 3] ?? '').observe(values[index & 1_023] ?? 0);
      }
    },
  },
];

const telemetry = { instruments: registryInstruments(registry) };
const plain = (left: number, right: number): number => left + right;
const off = trackRequest('off')(plain);
const timedSync = timed('timed', { telemetry })(plain);
const trackedSync = trackRequest('tracked', { telemetry })(plain);
const noSdk = trackRequest('no.sdk', { telemetry: openTelemetry() })(plain);
let sum = 0;
const calling = (name: string, call: (left: number, right: number) => number): Candidate => ({
  name,
  run: (times) => {
    for (let index = 0; index < times; index += 1) sum += call(index, 1);
  },
});
const calls: Candidate[] = [
  calling('function', plain),
  calling('trackRequest, nothing installed', off),
  calling('trackRequest, OpenTelemetry without SDK', noSdk),
  calling('timed', timedSync),
  calling('trackRequest', trackedSync),
  {
    name: 'reading the clock twice',
    run: (times) => {
      for (let index = 0; index < times; index += 1) {
        sum += systemClock.monotonic() - systemClock.monotonic();
      }
    },
  },
];

const plainAsync = async (left: number): Promise<number> => left;
const offAsync = timed('off')(plainAsync);
const timedAsync = timed('timed', { telemetry })(plainAsync);
const trackedAsync = trackRequest('tracked', { telemetry })(plainAsync);
const awaiting = (name: string, call: (left: number) => Promise<number>): Candidate => ({
  name,
  run: async (times) => {
    for (let index = 0; index < times; index += 1) sum += await call(index);
  },
});
const asyncCalls: Candidate[] = [
  awaiting('async function', plainAsync),
  awaiting('timed, nothing installed', offAsync),
  awaiting('timed', timedAsync),
  awaiting('trackRequest', trackedAsync),
];

installTelemetry(undefined);
for (const [title, candidates] of [
  ['counter', counting],
  ['histogram of 11 buckets', observing],
  ['wrapped function', calls],
  ['wrapped async function', asyncCalls],
] as const) {
  console.log(title);
  console.table(await alternate(candidates));
}
if (!Number.isFinite(sum)) throw new Error('nothing was called');
process.exit();
