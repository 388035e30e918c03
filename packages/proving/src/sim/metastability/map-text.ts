import type { MetastabilityMap, Region } from './metastability-map.ts';

const signs: Readonly<Record<Region, string>> = {
  stable: '·',
  vulnerable: '░',
  metastable: '█',
  overloaded: '×',
};

export interface MapNames {
  /** What the rows are. Default 'load'. */
  readonly load?: string;
  /** What the columns are. Default 'trigger'. */
  readonly size?: string;
}

/** The map as text: the largest load on top, and at the end of its row the trigger that keeps it down. */
export function mapText(
  { rows, sizes }: MetastabilityMap,
  { load: ofLoad = 'load', size: ofSize = 'trigger' }: MapNames = {},
): string {
  const columns = sizes.map((size) => figure(size));
  const wide = Math.max(...columns.map((column) => column.length)) + 1;
  const loads = rows.map(({ load }) => figure(load));
  const margin = Math.max(ofLoad.length, ...loads.map((load) => load.length));
  const body = rows.toReversed().map(({ border, cells, load }) => {
    const regions = cells.map(({ region }) => signs[region].repeat(wide)).join('');
    const from = border === undefined ? '' : `  from ${figure(border)}`;
    return `${figure(load).padStart(margin)} │${regions}${from}`;
  });
  return [
    `${ofLoad.padStart(margin)} │`,
    ...body,
    `${' '.repeat(margin)} └${'─'.repeat(wide * columns.length)}`,
    `${' '.repeat(margin)}  ${columns.map((column) => column.padStart(wide)).join('')}  ${ofSize}`,
    Object.entries(signs)
      .map(([region, sign]) => `${sign} ${region}`)
      .join('   '),
  ].join('\n');
}

function figure(value: number): string {
  return String(Number(value.toPrecision(3)));
}
