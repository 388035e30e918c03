import type { Simulation } from '../simulate.ts';
import { type Line, linesOf, statusesOf } from './over-time.ts';
import { escaped, svgOf } from './svg.ts';

const width = 860;
const left = 120;
const plotWidth = width - left - 80;
const panelHeight = 70;
const plotHeight = 50;
const statusHeight = 22;
const statusColours = ['#d1fae5', '#fecaca', '#fef3c7', '#dbeafe', '#e5e7eb'];

/** A run over time as SVG: a panel for each line, the triggers shaded, statuses below. */
export function runSvg(run: Simulation): string {
  const lines = linesOf(run);
  const statuses = statusesOf(run);
  const bottom = 10 + lines.length * panelHeight;
  const height = bottom + (statuses.length > 0 ? statusHeight : 0) + 24;
  const x = (ms: number) => left + (Math.min(ms, run.endedAt) / run.endedAt) * plotWidth;
  const shades = run.triggers.map((trigger) => {
    const until = trigger.fromMs + ('forMs' in trigger ? trigger.forMs : 0);
    const wide = Math.max(1, x(until) - x(trigger.fromMs)).toFixed(1);
    return `<rect x="${x(trigger.fromMs).toFixed(1)}" y="10" width="${wide}" height="${bottom - 10}" fill="#fde68a" opacity="0.6"><title>${trigger.kind}</title></rect>`;
  });
  return svgOf(width, height, [
    ...shades,
    ...lines.map((line, index) => panel(line, 10 + index * panelHeight)),
    ...statusBand(statuses, bottom),
    `<text x="${left}" y="${height - 8}" fill="#4b5563">0 s</text>`,
    `<text x="${left + plotWidth}" y="${height - 8}" text-anchor="end" fill="#4b5563">${Number((run.endedAt / 1_000).toFixed(1))} s</text>`,
  ]);
}

function panel({ name, unit, values }: Line, top: number): string {
  const most = Math.max(0, ...values.filter((value) => !Number.isNaN(value)));
  const floor = top + plotHeight;
  const points = values.flatMap((value, span) => {
    if (Number.isNaN(value)) return [];
    const x = left + ((span + 0.5) / values.length) * plotWidth;
    const y = floor - (most === 0 ? 0 : (value / most) * plotHeight);
    return [`${x.toFixed(1)},${y.toFixed(1)}`];
  });
  return [
    `<text x="${left - 8}" y="${top + plotHeight / 2 + 4}" text-anchor="end" fill="#111827">${escaped(name)}</text>`,
    `<line x1="${left}" y1="${floor}" x2="${left + plotWidth}" y2="${floor}" stroke="#d1d5db"/>`,
    `<polyline points="${points.join(' ')}" fill="none" stroke="#2f6feb" stroke-width="1.3"/>`,
    `<text x="${left + plotWidth + 6}" y="${top + 8}" fill="#4b5563">${Number(most.toPrecision(3))}${unit}</text>`,
  ].join('\n');
}

function statusBand(statuses: readonly string[], top: number): readonly string[] {
  const names = [...new Set(statuses)];
  const each = plotWidth / Math.max(1, statuses.length);
  return statuses.map((status, span) => {
    const colour = statusColours[names.indexOf(status) % statusColours.length];
    const x = (left + span * each).toFixed(1);
    return `<rect x="${x}" y="${top}" width="${(each + 0.1).toFixed(1)}" height="${statusHeight - 6}" fill="${colour}"><title>${escaped(status)}</title></rect>`;
  });
}
