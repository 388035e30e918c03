import { isKept, type Row, type Tolerance } from './row.ts';

const titles = ['source', 'figure', 'known', 'ours', 'may differ', ''];

/** The certificate as text: a line for each figure. */
export function certificateText(rows: readonly Row[]): string {
  const lines = rows.map((row) => [
    row.source,
    row.what,
    shown(row.known),
    ours(row),
    tolerance(row.within),
    isKept(row) ? 'kept' : 'MISSED',
  ]);
  const widths = titles.map((title, column) =>
    Math.max(title.length, ...lines.map((cells) => (cells[column] ?? '').length)),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) =>
        column === 2 ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd();
  const rule = widths.map((width) => '─'.repeat(width)).join('  ');
  return [line(titles), rule, ...lines.map(line)].join('\n');
}

function ours({ ours: figure }: Row): string {
  if (typeof figure === 'number') return shown(figure);
  return `${shown(figure.mean)} [${shown(figure.low)}, ${shown(figure.high)}]`;
}

function tolerance(within: Tolerance): string {
  if ('share' in within) return `${Number((100 * within.share).toFixed(1))} %`;
  if ('by' in within) return `by ${shown(within.by)}`;
  if ('atMost' in within) return 'not more';
  return `${shown(within.between[0])} to ${shown(within.between[1])}`;
}

function shown(value: number): string {
  if (value === 0) return '0';
  const size = Math.abs(value);
  return size >= 1_000 ? value.toFixed(0) : value.toFixed(size >= 100 ? 1 : size >= 10 ? 2 : 3);
}
