import { summarise, type Stretch } from '../measures/summary.ts';
import type { Simulation } from '../simulate.ts';
import { linesOf, statusesOf } from './over-time.ts';
import { sparkline } from './sparkline.ts';

const width = 60;

/** A run as text: what it was like in numbers, and over time. Statuses by their first letters. */
export function runText(run: Simulation, stretch: Stretch = {}): string {
  const summary = summarise(run, stretch);
  const { amplification, goodput, latency, offered, population, successShare } = summary;
  const from = seconds(summary.fromMs);
  const head = [
    `${summary.calls} calls from ${from} to ${seconds(summary.untilMs)}, seed ${run.seed}`,
    `offered ${figure(offered)}/s, goodput ${figure(goodput)}/s, success ${percent(successShare)}, attempts per call ${figure(amplification)}`,
    `latency p50 ${figure(latency.p50)} ms, p99 ${figure(latency.p99)} ms, p99.9 ${figure(latency.p999)} ms; in the system ${figure(population)}`,
  ];
  const lines = linesOf(run).map(({ name, unit, values }) => {
    const most = Math.max(0, ...values.filter((value) => !Number.isNaN(value)));
    return `${name.padEnd(14)}${sparkline(values, width).padEnd(width)}  up to ${figure(most)}${unit}`;
  });
  return [...head, '', ...lines, ...statusLine(run), ...triggerLines(run)].join('\n');
}

function statusLine(run: Simulation): readonly string[] {
  const statuses = statusesOf(run);
  if (statuses.length === 0) return [];
  const each = Math.max(1, Math.ceil(statuses.length / width));
  const letters = statuses
    .filter((_, span) => span % each === each - 1 || span === statuses.length - 1)
    .map((status) => status.slice(0, 1).padEnd(1));
  return [`${'status'.padEnd(14)}${letters.join('')}`];
}

function triggerLines({ triggers }: Simulation): readonly string[] {
  return triggers.map((trigger) => {
    const until = 'forMs' in trigger ? ` to ${seconds(trigger.fromMs + trigger.forMs)}` : '';
    return `trigger       ${trigger.kind}, ${seconds(trigger.fromMs)}${until}`;
  });
}

function seconds(ms: number): string {
  return `${Number((ms / 1_000).toFixed(1))} s`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

function figure(value: number): string {
  if (Number.isNaN(value)) return '–';
  return String(Number(value.toPrecision(value >= 1_000 ? 4 : 3)));
}
