import type { Comparison, ComparisonRow } from './compare.ts';
import type { SimulatedTick } from './simulate.ts';

const width = 960;
const panelHeight = 190;
const left = 44;
const plotHeight = 110;
const plotTop = 44;
const columns = 400;
const colours = ['#2f6feb', '#c2410c', '#0f766e', '#7c3aed', '#be185d', '#64748b'];

/** One panel a load: the work there was, and the size that each policy gave the pool, over time. */
export function svgPlot(comparisons: readonly Comparison[]): string {
  const height = comparisons.length * panelHeight + 10;
  const panels = comparisons.map((comparison, index) => panel(comparison, index * panelHeight));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="system-ui, sans-serif" font-size="11">`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    ...panels,
    '</svg>',
    '',
  ].join('\n');
}

function panel({ load, fixed, rows }: Comparison, top: number): string {
  const most = Math.max(1, ...fixed.ticks.map(({ size }) => size)) * 1.15;
  const x = (at: number) => left + (at / fixed.endedAt) * (width - left - 10);
  const y = (slots: number) => plotTop + plotHeight * (1 - Math.min(slots, most) / most);
  const busy = line(
    meanPerColumn(fixed, ({ running }) => running),
    x,
    y,
  );
  const end = x(fixed.endedAt).toFixed(1);
  const floor = y(0).toFixed(1);
  const sizes = rows.map((row, index) => {
    const points = line(
      meanPerColumn(row, ({ size }) => size),
      x,
      y,
    );
    return `<polyline points="${points}" fill="none" stroke="${colour(index)}" stroke-width="1.2"/>`;
  });
  const legend = rows.map((row, index) => {
    const text = `${row.name}: ${(row.idleCut * 100).toFixed(0)} % less idle, p99 wait ${(row.p99WaitMs / 1_000).toFixed(1)} s`;
    const at = left + index * ((width - left) / Math.max(1, rows.length));
    return `<text x="${at.toFixed(0)}" y="34" fill="${colour(index)}" font-size="10">${escaped(text)}</text>`;
  });
  const hours = (fixed.endedAt / 3_600_000).toFixed(1);
  return [
    `<g transform="translate(0 ${top})">`,
    `<text x="${left}" y="18" font-weight="600" fill="#111827">${escaped(`${load.name} (${hours} h, ${load.model})`)}</text>`,
    ...legend,
    `<polygon points="${left},${floor} ${busy} ${end},${floor}" fill="#e5e7eb"/>`,
    ...sizes,
    ...[0, Math.round(most / 1.15)].map(
      (slots) =>
        `<text x="${left - 8}" y="${(y(slots) + 4).toFixed(1)}" text-anchor="end" fill="#4b5563">${slots}</text>`,
    ),
    '</g>',
  ].join('\n');
}

function meanPerColumn(
  { ticks, endedAt }: ComparisonRow,
  value: (tick: SimulatedTick) => number,
): (readonly [at: number, mean: number])[] {
  const sums = new Map<number, { sum: number; count: number }>();
  for (const tick of ticks) {
    const column = Math.floor((tick.at / endedAt) * columns);
    const entry = sums.get(column) ?? { sum: 0, count: 0 };
    sums.set(column, { sum: entry.sum + value(tick), count: entry.count + 1 });
  }
  return [...sums].map(([column, { sum, count }]) => [(column / columns) * endedAt, sum / count]);
}

function line(
  points: readonly (readonly [at: number, value: number])[],
  x: (at: number) => number,
  y: (value: number) => number,
): string {
  return points.map(([at, value]) => `${x(at).toFixed(1)},${y(value).toFixed(1)}`).join(' ');
}

function colour(index: number): string {
  return colours[index % colours.length] ?? '#000000';
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
