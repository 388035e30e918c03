import { numberOption } from '@chimera/policy';
import type { Simulation } from '../simulate.ts';
import type { Column } from './column.ts';

/** Latencies in ms; NaN when there was none. */
export interface Percentiles {
  readonly mean: number;
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
}

/** What a stretch of a run was like. Rates are per second. */
export interface Summary {
  readonly fromMs: number;
  readonly untilMs: number;
  readonly calls: number;
  /** Calls that came. */
  readonly offered: number;
  /** Calls that ended with their result. */
  readonly goodput: number;
  /** Of the calls that ended, the share that did so with their result. */
  readonly successShare: number;
  /** Attempts that reached the server for each call that came. */
  readonly amplification: number;
  /** Calls that policies refused. */
  readonly rejected: number;
  /** Attempts that the server refused because it was full. */
  readonly refused: number;
  /** Of calls that ended with their result. */
  readonly latency: Percentiles;
  /** Before service, of attempts. */
  readonly wait: Percentiles;
  /** Attempts in the system, on average over time. */
  readonly population: number;
}

export interface Stretch {
  /** Default 0. */
  readonly fromMs?: number;
  /** Default: the end. */
  readonly untilMs?: number;
}

/**
 * Sums a run up. Instants are taken to the nearest span.
 *
 * @throws RangeError for a stretch that is none.
 */
export function summarise(run: Simulation, { fromMs = 0, untilMs }: Stretch = {}): Summary {
  const { records } = run;
  const end = untilMs ?? run.endedAt;
  numberOption('summarise', 'fromMs', fromMs, 0);
  numberOption('summarise', 'untilMs', end, fromMs);
  const seconds = (end - fromMs) / 1_000;
  const { calls, waits } = records;
  const good = records.good.between(fromMs, end);
  const begun = records.begun.between(fromMs, end);
  const isWithin = (at: number) => at >= fromMs && at < end;
  return {
    fromMs,
    untilMs: end,
    calls: begun,
    offered: begun / seconds,
    goodput: good / seconds,
    successShare: good / (good + records.bad.between(fromMs, end)),
    amplification: records.attempts.between(fromMs, end) / begun,
    rejected: records.rejected.between(fromMs, end) / seconds,
    refused: records.refusals.between(fromMs, end) / seconds,
    latency: percentilesOf(
      latenciesOf(run, (row) => calls.isGood.at(row) === 1 && isWithin(calls.startedAt.at(row))),
    ),
    wait: percentilesOf(chosen(waits.waitMs, (row) => isWithin(waits.cameAt.at(row)))),
    population: records.population.between(fromMs, end) / (end - fromMs),
  };
}

/** Latencies in ms of the rows of the log that are chosen, in the order of the log. */
export function latenciesOf(
  { records: { calls } }: Simulation,
  isChosen: (row: number) => boolean,
): Float64Array {
  const { endedAt, startedAt } = calls;
  const latencies = new Float64Array(endedAt.length);
  let count = 0;
  for (let row = 0; row < endedAt.length; row += 1) {
    if (!isChosen(row)) continue;
    latencies[count] = endedAt.at(row) - startedAt.at(row);
    count += 1;
  }
  return latencies.subarray(0, count);
}

function chosen(column: Column, isChosen: (row: number) => boolean): Float64Array {
  return column.values.filter((_, row) => isChosen(row));
}

export function percentilesOf(values: Float64Array): Percentiles {
  const sorted = values.toSorted();
  const at = (share: number) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? NaN;
  const mean = values.reduce((sum, each) => sum + each, 0) / values.length;
  return { mean, p50: at(0.5), p99: at(0.99), p999: at(0.999) };
}
