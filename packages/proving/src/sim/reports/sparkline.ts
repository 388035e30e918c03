import { countOption } from '../engine/finite-option.ts';

const bars = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/** Values over time as one line of text, from 0 to the largest; NaN leaves a gap. Throws RangeError when there is no width. */
export function sparkline(values: readonly number[], width: number = 60): string {
  countOption('sparkline', 'width', width, 1);
  const columns = gathered(values, width);
  const most = Math.max(0, ...columns.filter((value) => !Number.isNaN(value)));
  return columns
    .map((value) => {
      if (Number.isNaN(value)) return ' ';
      return bars[Math.min(7, Math.floor((8 * value) / (most === 0 ? 1 : most)))];
    })
    .join('');
}

/** Means of neighbours, so that there are no more than so many values. */
export function gathered(values: readonly number[], most: number): readonly number[] {
  const each = Math.max(1, Math.ceil(values.length / most));
  return Array.from({ length: Math.ceil(values.length / each) }, (_, column) => {
    const part = values.slice(column * each, (column + 1) * each);
    const known = part.filter((value) => !Number.isNaN(value));
    return known.reduce((sum, value) => sum + value, 0) / known.length;
  });
}
