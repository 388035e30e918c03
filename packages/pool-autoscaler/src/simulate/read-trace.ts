import { refuseOption, seededRandom } from '@chimera/policy';
import type { Arrival, Load } from './arrival.ts';

export type TraceFormat =
  /** TIMESTAMP,ContextTokens,GeneratedTokens: one request a line. */
  | 'azure'
  /** timestamp,value: requests per interval. */
  | 'counts'
  /** at_ms,service_ms: one piece of work a line. */
  | 'csv';

export const traceFormats: readonly TraceFormat[] = ['azure', 'counts', 'csv'];

/** The format that a trace's first line tells; undefined when it tells none. */
export function formatOf(text: string): TraceFormat | undefined {
  const header = text.slice(0, text.indexOf('\n')).trim().toLowerCase();
  if (header.includes('generatedtokens')) return 'azure';
  if (header === 'timestamp,value') return 'counts';
  return /^at_?ms,service_?ms$/.test(header) ? 'csv' : undefined;
}

/** It is played second by second. */
const longestMs = 366 * 24 * 3_600_000;
/** What memory has room for. */
const mostArrivals = 10_000_000;

export interface TraceReading {
  readonly format: TraceFormat;
  /** Slots that the busiest part should nearly fill; the load is thinned or stretched to fit. */
  readonly max: number;
}

/**
 * A trace as a load. Traces without service times get a stated model, and are fitted to the pool:
 * otherwise every policy does the same, all or nothing.
 *
 * @throws RangeError when no line of the text is of the format.
 */
export function readTrace(name: string, text: string, { format, max }: TraceReading): Load {
  const rows = text
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(','));
  const load = { azure: azureLoad, counts: countsLoad, csv: csvLoad }[format](rows, max, name);
  const { arrivals } = load;
  if (arrivals.length === 0) refuseOption('simulate', 'trace', `of the format ${format}`, name);
  if (arrivals.some(({ at, serviceMs }) => at > longestMs || serviceMs > longestMs))
    refuseOption('simulate', 'trace', 'of at most 366 days, each service too', name);
  return { name, ...load };
}

type Rows = readonly (readonly string[])[];
type NamelessLoad = Omit<Load, 'name'>;

/** A model's answer takes 0.5 s and 20 ms per token. Every n-th request is kept. */
function azureLoad(rows: Rows, max: number): NamelessLoad {
  const requests = rows
    .map(([time, , tokens]) => ({ at: instant(time), serviceMs: 500 + 20 * Number(tokens) }))
    .filter(({ at, serviceMs }) => Number.isFinite(at) && Number.isFinite(serviceMs));
  const spanMs = (requests.at(-1)?.at ?? 0) - (requests[0]?.at ?? 0);
  const workMs = requests.reduce((sum, { serviceMs }) => sum + serviceMs, 0);
  const every = Math.max(1, Math.ceil(workMs / Math.max(1, spanMs) / (0.65 * max)));
  return {
    model: `0.5 s + 20 ms per generated token${every === 1 ? '' : `, one request of ${every}`}`,
    arrivals: fromZero(requests.filter((_, index) => index % every === 0)),
  };
}

/** Arrivals spread at random over their interval; exponential service that makes the busiest 1 % of intervals use 80 % of the pool. */
function countsLoad(rows: Rows, max: number, name: string): NamelessLoad {
  const counts = rows
    .map(([time, value]) => ({ at: instant(time), count: Number(value) }))
    .filter(({ at, count }) => Number.isFinite(at) && count >= 0 && count < Infinity);
  const [first, second] = counts;
  const intervalMs = (second?.at ?? NaN) - (first?.at ?? NaN);
  // Without a second line nobody knows how long the first one counted.
  if (!(intervalMs > 0)) return { model: 'unknown', arrivals: [] };
  if (counts.reduce((sum, { count }) => sum + count, 0) > mostArrivals)
    refuseOption('simulate', 'trace', `of at most ${mostArrivals} arrivals`, name);
  const sorted = counts.map(({ count }) => count).toSorted((one, other) => one - other);
  const busy = sorted[Math.floor(0.99 * sorted.length)] ?? 1;
  const meanMs = (0.8 * max * intervalMs) / Math.max(1, busy);
  const random = seededRandom(1);
  const arrivals = counts.flatMap(({ at, count }) =>
    Array.from({ length: Math.round(count) }, () => ({
      at: at + random() * intervalMs,
      serviceMs: -Math.log(1 - random()) * meanMs,
    })).sort((one, other) => one.at - other.at),
  );
  return {
    model: `exponential service, mean ${(meanMs / 1_000).toFixed(1)} s`,
    arrivals: fromZero(arrivals),
  };
}

function csvLoad(rows: Rows): NamelessLoad {
  const arrivals = rows
    .map(([at, serviceMs]) => ({ at: Number(at), serviceMs: Number(serviceMs) }))
    .filter(({ at, serviceMs }) => Number.isFinite(at) && serviceMs > 0 && serviceMs < Infinity);
  return { model: 'service times of the trace', arrivals: fromZero(arrivals) };
}

function fromZero(arrivals: readonly Arrival[]): Arrival[] {
  const inOrder = arrivals.toSorted((one, other) => one.at - other.at);
  const start = inOrder[0]?.at ?? 0;
  return inOrder.map(({ at, serviceMs }) => ({ at: at - start, serviceMs }));
}

/** `2023-11-16 18:17:03.9799600`, taken as UTC. */
function instant(time: string | undefined): number {
  return Date.parse(`${(time ?? '').slice(0, 23).replace(' ', 'T')}Z`);
}
