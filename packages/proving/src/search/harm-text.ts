import { statusesOf } from '../sim/reports/over-time.ts';
import { sparkline } from '../sim/reports/sparkline.ts';
import type { Trigger } from '../sim/engine/triggers.ts';
import type { Measure } from './measure.ts';
import type { HarmSearch } from './search-harm.ts';
import type { Trace } from './trace.ts';
import type { Fared, HarmVerdict } from './verdict.ts';

const width = 60;
const nameWidth = 26;

const losses: Readonly<Record<Measure, string>> = {
  goodput: 'of goodput lost',
  availability: 'of all calls no longer good',
  latency: 'more time that calls take',
  attempts: 'more attempts',
};

/** What a search came to, or what a trace does, as text: in numbers, and over time. */
export function harmText(told: HarmSearch | HarmVerdict): string {
  if (!('searched' in told)) return verdictText(told);
  const { finding, searched } = told;
  const { evaluations, seed, shrinking, simulations } = searched;
  if (finding === undefined) return nothingText(searched);
  const smallest = finding.isMinimal
    ? 'no part of it can be left out, joined with another or made smaller by a step'
    : 'the evaluations ended before it was the smallest';
  return [
    verdictText(finding),
    '',
    `trace ${evaluations}, made smaller in ${shrinking}: ${smallest}`,
    `seed ${seed}, ${simulations} simulations`,
  ].join('\n');
}

function nothingText({
  cutOff,
  evaluations,
  margin,
  maxAttempts,
  measure,
  nearest,
  runs,
  seed,
  simulations,
  space,
}: HarmSearch['searched']): string {
  const { kinds, most, traceMs } = space;
  return [
    `no harm found, which proves nothing: ${evaluations} traces on up to ${runs} seeds each, seed ${seed}, ${simulations} simulations`,
    `of up to ${most} of ${kinds.join(', ')} within ${seconds(traceMs)}`,
    ...(cutOff > 0
      ? [`${cutOff} of them say nothing: a run came to more than ${maxAttempts} attempts or timers`]
      : []),
    ...(nearest.harm > 0
      ? [
          `nearest: ${percent(nearest.harm)} ${losses[measure]} (margin ${percent(margin)}), ${traceWords(nearest.trace)}`,
        ]
      : ['none of them did any']),
  ].join('\n');
}

function verdictText(verdict: HarmVerdict): string {
  const { harm, isHarm, margin, measure, patienceMs, policy, seeds, trace, without } = verdict;
  const head = `${isHarm ? 'harm' : 'no harm proven'}: ${percent(harm.mean)} ${losses[measure]}`;
  const within = `${percent(harm.low)} to ${percent(harm.high)} of ${seeds} unseen seeds, margin ${percent(margin)}`;
  const { endedAt, records } = policy.run;
  const line = (name: string, sums: readonly number[]) => {
    const values = perSecond(policy, sums);
    const most = Math.max(0, ...values);
    return `${name.padEnd(nameWidth)}${sparkline(values, width)}  up to ${figure(most)}/s`;
  };
  return [
    `${head} (${within})`,
    `with the policy  ${fared(policy, patienceMs)}`,
    `without it       ${fared(without, patienceMs)}`,
    '',
    ...(trace.length === 0 ? ['nothing has to go wrong'] : []),
    ...trace.map((trigger) => triggerLine(trigger, policy)),
    line('calls', records.begun.sums),
    line('good, policy', goodByBeginning(policy, patienceMs)),
    line('good, without', goodByBeginning(without, patienceMs)),
    line('attempts, policy', records.attempts.sums),
    line('attempts, without', without.run.records.attempts.sums),
    ...statusLine(policy),
    `0 s to ${seconds(endedAt)}, seed ${policy.run.seed}, whose harm is the median`,
    '',
    `replayHarm('${verdict.proof}', { policy, server })`,
  ].join('\n');
}

function fared({ attemptsPerCall, goodShare, tookMs }: Fared, patienceMs: number): string {
  return `${percent(goodShare)} of the calls are good within ${seconds(patienceMs)}, ${figure(attemptsPerCall)} attempts each, ${figure(tookMs)} ms`;
}

/** By the first letters of what most clients say. */
function statusLine({ run }: Fared): readonly string[] {
  const statuses = statusesOf(run);
  if (statuses.length === 0) return [];
  const each = Math.ceil(statuses.length / width);
  const letters = statuses
    .filter((_, span) => span % each === 0)
    .map((word) => word.slice(0, 1).padEnd(1));
  return [`${'status, policy'.padEnd(nameWidth)}${letters.join('')}`];
}

function triggerLine(trigger: Trigger, { run }: Fared): string {
  const { spanMs, sums } = run.records.begun;
  const until = trigger.fromMs + ('forMs' in trigger ? trigger.forMs : spanMs);
  const isOn = sums.map((_, span) =>
    Number(span * spanMs < until && (span + 1) * spanMs > trigger.fromMs),
  );
  return `${triggerWords(trigger).padEnd(nameWidth)}${sparkline(isOn, width)}  ${whenWords(trigger)}`;
}

/** Calls that were good, by the span in which they began. */
function goodByBeginning({ run: { records } }: Fared, patienceMs: number): readonly number[] {
  const { endedAt, isGood, startedAt } = records.calls;
  const sums = records.begun.sums.map(() => 0);
  for (let row = 0; row < endedAt.length; row += 1) {
    const began = startedAt.at(row);
    if (isGood.at(row) === 0 || endedAt.at(row) - began > patienceMs) continue;
    const span = Math.floor(began / records.begun.spanMs);
    sums[span] = (sums[span] ?? 0) + 1;
  }
  return sums;
}

function perSecond({ run }: Fared, sums: readonly number[]): readonly number[] {
  const { spanMs } = run.records.begun;
  const spans = Math.ceil(run.endedAt / spanMs);
  return Array.from({ length: spans }, (_, span) => ((sums[span] ?? 0) * 1_000) / spanMs);
}

function traceWords(trace: Trace): string {
  if (trace.length === 0) return 'when nothing goes wrong';
  return trace.map((trigger) => `${triggerWords(trigger)}, ${whenWords(trigger)}`).join('; ');
}

function triggerWords(trigger: Trigger): string {
  const where = trigger.shard === undefined ? '' : `, shard ${trigger.shard}`;
  return `${trigger.kind}${sizeWords(trigger)}${where}`;
}

function sizeWords(trigger: Trigger): string {
  switch (trigger.kind) {
    case 'load':
      return ` ×${trigger.times}`;
    case 'latency':
      return trigger.addMs === undefined
        ? ` ×${trigger.times ?? 1}`
        : ` +${timeWords(trigger.addMs)}`;
    case 'errors':
      return ` ${percent(trigger.share)}`;
    case 'capacity':
      return ` −${percent(trigger.lost)}`;
    case 'flush':
      return '';
  }
}

function whenWords(trigger: Trigger): string {
  const from = seconds(trigger.fromMs);
  return 'forMs' in trigger ? `${from} to ${seconds(trigger.fromMs + trigger.forMs)}` : from;
}

function timeWords(ms: number): string {
  return ms < 1_000 ? `${ms} ms` : seconds(ms);
}

function seconds(ms: number): string {
  return `${Number((ms / 1_000).toFixed(1))} s`;
}

function percent(share: number): string {
  return `${Number((100 * share).toFixed(1))} %`;
}

function figure(value: number): string {
  if (Number.isNaN(value)) return '–';
  return String(Number(value.toPrecision(value >= 1_000 ? 4 : 3)));
}
