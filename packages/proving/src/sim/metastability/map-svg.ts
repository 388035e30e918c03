import { escaped, svgOf } from '../reports/svg.ts';
import type { MapNames } from './map-text.ts';
import type { MetastabilityMap, Region } from './metastability-map.ts';

const colours: Readonly<Record<Region, string>> = {
  stable: '#d1fae5',
  vulnerable: '#fde68a',
  metastable: '#f87171',
  overloaded: '#9ca3af',
};
const [left, top, cell] = [90, 16, 44];

/** The map as SVG: loads upwards, sizes to the right, the border of each load written in its cell. */
export function mapSvg(
  { rows, sizes }: MetastabilityMap,
  { load: ofLoad = 'load', size: ofSize = 'trigger' }: MapNames = {},
): string {
  const height = rows.length * cell;
  const width = sizes.length * cell;
  const y = (row: number) => top + height - (row + 1) * cell;
  const cells = rows.flatMap(({ cells: ofRow, load }, row) =>
    ofRow.map(({ region, size, stuckShare }, column) => {
      const title = `${load}, ${size}: ${region}, ${Math.round(100 * stuckShare)} % stay down`;
      return `<rect x="${left + column * cell}" y="${y(row)}" width="${cell}" height="${cell}" fill="${colours[region]}" stroke="#ffffff"><title>${escaped(title)}</title></rect>`;
    }),
  );
  const borders = rows.flatMap(({ border }, row) =>
    border === undefined
      ? []
      : [
          `<text x="${left + width + 6}" y="${y(row) + cell / 2 + 4}" fill="#7f1d1d">from ${figure(border)}</text>`,
        ],
  );
  const axis = [
    ...rows.map(
      ({ load }, row) =>
        `<text x="${left - 8}" y="${y(row) + cell / 2 + 4}" text-anchor="end" fill="#111827">${figure(load)}</text>`,
    ),
    ...sizes.map(
      (size, column) =>
        `<text x="${left + (column + 0.5) * cell}" y="${top + height + 14}" text-anchor="middle" fill="#111827">${figure(size)}</text>`,
    ),
    `<text x="8" y="12" fill="#4b5563">${escaped(ofLoad)}</text>`,
    `<text x="${left + width}" y="${top + height + 30}" text-anchor="end" fill="#4b5563">${escaped(ofSize)}</text>`,
  ];
  const legend = Object.entries(colours).map(
    ([region, colour], index) =>
      `<rect x="${left + index * 100}" y="${top + height + 40}" width="12" height="12" fill="${colour}"/><text x="${left + 16 + index * 100}" y="${top + height + 50}" fill="#111827">${region}</text>`,
  );
  const wide = left + Math.max(width + 90, 100 * legend.length);
  return svgOf(wide, top + height + 60, [...cells, ...borders, ...axis, ...legend]);
}

function figure(value: number): string {
  return String(Number(value.toPrecision(3)));
}
