import type { Comparison, ComparisonRow } from './compare.ts';

const columns = [
  ['policy', (row) => row.name],
  ['idle cut', (row) => percent(row.idleCut)],
  ['of oracle', (row) => percent(row.ofOracle)],
  ['p50 wait', (row) => seconds(row.p50WaitMs)],
  ['p99 wait', (row) => seconds(row.p99WaitMs)],
  ['added p99', (row) => seconds(row.addedP99WaitMs)],
  ['resizes/h', (row) => row.resizesPerHour.toFixed(0)],
] as const satisfies readonly (readonly [string, (row: ComparisonRow) => string])[];

/** The comparison as text: one line per policy, under the load and its model. */
export function table({ load, fixed, oracleCut, rows }: Comparison): string {
  const hours = (fixed.endedAt / 3_600_000).toFixed(1);
  const body = [fixed, ...rows].map((row) => columns.map(([, cell]) => cell(row)));
  const lines = [columns.map(([title]) => title), ...body];
  const widths = columns.map((_, index) =>
    Math.max(...lines.map((cells) => cells[index]?.length ?? 0)),
  );
  const text = lines.map((cells) =>
    cells
      .map((cell, index) =>
        index === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[index] ?? 0),
      )
      .join('  '),
  );
  const title = `${load.name}: ${load.arrivals.length} arrivals in ${hours} h, ${load.model}`;
  return [title, ...text, `oracle ${percent(oracleCut)}`].join('\n');
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(2)} s`;
}
