import { percentilesOf } from '../measures/summary.ts';
import type { Simulation } from '../simulate.ts';

/** One thing over time, a value for each span; NaN where there was nothing to measure. */
export interface Line {
  readonly name: string;
  readonly unit: string;
  readonly values: readonly number[];
}

/** What reports draw. Rates are per second. */
export function linesOf(run: Simulation): readonly Line[] {
  const { attempts, begun, good, population } = run.records;
  const { spanMs } = begun;
  const spans = Math.ceil(run.endedAt / spanMs);
  const perSecond = (sums: readonly number[]) =>
    Array.from({ length: spans }, (_, span) => ((sums[span] ?? 0) * 1_000) / spanMs);
  return [
    { name: 'calls', unit: '/s', values: perSecond(begun.sums) },
    { name: 'goodput', unit: '/s', values: perSecond(good.sums) },
    { name: 'attempts', unit: '/s', values: perSecond(attempts.sums) },
    { name: 'p99', unit: ' ms', values: slowestPercent(run, spans, spanMs) },
    {
      name: 'in the system',
      unit: '',
      values: perSecond(population.sums).map((held) => held / 1_000),
    },
  ];
}

/** By the span in which calls ended. */
function slowestPercent(run: Simulation, spans: number, spanMs: number): readonly number[] {
  const { endedAt, isGood, startedAt } = run.records.calls;
  const latencies = Array.from({ length: spans }, (): number[] => []);
  for (let row = 0; row < endedAt.length; row += 1) {
    if (isGood.at(row) === 0) continue;
    latencies[Math.floor(endedAt.at(row) / spanMs)]?.push(endedAt.at(row) - startedAt.at(row));
  }
  return latencies.map((each) => percentilesOf(Float64Array.from(each)).p99);
}

/** For each span the status that most clients had at its end; empty when none has any. */
export function statusesOf(run: Simulation): readonly string[] {
  const { begun, statuses } = run.records;
  if (statuses.length === 0) return [];
  const now: Map<number, string> = new Map();
  let next = 0;
  return Array.from({ length: Math.ceil(run.endedAt / begun.spanMs) }, (_, span) => {
    for (;;) {
      const change = statuses[next];
      if (change === undefined || change.atMs >= (span + 1) * begun.spanMs) break;
      now.set(change.client, change.status);
      next += 1;
    }
    return mostCommon([...now.values()]);
  });
}

function mostCommon(words: readonly string[]): string {
  const counts: Map<string, number> = new Map();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return [...counts].reduce((most, each) => (each[1] > most[1] ? each : most), ['', 0] as const)[0];
}
