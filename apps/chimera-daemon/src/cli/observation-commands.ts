import type { HealthView, PoolMetricsView, QuantilesView, Trend } from '@chimera/client';
import type { Command } from 'commander';
import { clientCommand, clientFor, type ClientFlags } from './client-command.ts';
import { columns, instant, oneLine, printJson, printLines } from './output.ts';

export function observationCommands(program: Command): void {
  clientCommand(
    program,
    'health',
    'show whether it is healthy, and what to do if not; exit code 1 when unhealthy',
  ).action(async (flags: ClientFlags) => {
    const health = await clientFor(flags).health();
    if (flags.json) printJson(health);
    else printLines(healthLines(health));
    if (health.status === 'unhealthy') process.exitCode = 1;
  });

  clientCommand(program, 'metrics', 'show pool, queue, durations, retries and phases').action(
    async (flags: ClientFlags) => {
      const metrics = await clientFor(flags).metrics();
      if (flags.json) return printJson(metrics);
      printLines(metricsLines(metrics));
    },
  );
}

function healthLines({ findings, status }: HealthView): readonly string[] {
  const rows = findings.map(({ advice, message, severity, since }) => [
    severity,
    instant(since),
    oneLine(message),
    oneLine(advice.text),
  ]);
  return [
    status,
    ...(rows.length === 0 ? [] : columns([['SEVERITY', 'SINCE', 'FINDING', 'TRY'], ...rows])),
  ];
}

/** Each figure says of what time it is: windows are of so many, not so long, and some outlive a restart. */
function metricsLines(metrics: PoolMetricsView): readonly string[] {
  const { deadLetters, phases, pool, queue, retries, workflows } = metrics;
  return columns([
    [
      'pool',
      `${pool.active} of ${pool.target} slots (${percent(pool.utilization)}), peak ${pool.peak} since the start; the last claims waited ${quantiles(pool.slotWaitMs)}`,
    ],
    [
      'queue',
      `${queue.depth} queued${trend(queue.trend)}, ${queue.waiting} waiting, oldest ${ms(queue.oldestAgeMs)}`,
    ],
    ['dead letters', `${deadLetters.open} open, oldest ${ms(deadLetters.oldestAgeMs)}`],
    [
      `last ${workflows.finished}`,
      `${workflows.completed} completed, ${workflows.dead} died, ${workflows.cancelled} cancelled; success ${percent(workflows.successRate)}`,
    ],
    [
      'took',
      `${quantiles(workflows.durationMs)}${trend(workflows.durationTrend)}; ${workflows.perMinute?.toFixed(1) ?? '-'} a minute${trend(workflows.throughputTrend)}`,
    ],
    [
      'retries',
      `of these ${retries.completed} of ${retries.workflows} that retried completed (${percent(retries.successRate)})`,
    ],
    ...phases.map(({ attempts, definition, failureRate, failures, phase }) => [
      oneLine(`${definition} ${phase}`),
      `${failures} of the last ${attempts} attempts since the start failed (${percent(failureRate)})`,
    ]),
  ]);
}

/** Too little is known at first to tell a trend. */
function trend(direction: Trend): string {
  return direction === 'unknown' ? '' : `, ${direction}`;
}

function quantiles(values: QuantilesView | null): string {
  return values === null
    ? '-'
    : `p50 ${ms(values.p50)}, p95 ${ms(values.p95)}, p99 ${ms(values.p99)}`;
}

function ms(value: number | null): string {
  if (value === null) return '-';
  return value < 10_000 ? `${Math.round(value)} ms` : `${Math.round(value / 1_000)} s`;
}

function percent(share: number | null): string {
  return share === null ? '-' : `${Math.round(share * 100)} %`;
}
