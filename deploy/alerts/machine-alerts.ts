import type { Alert } from './alert.ts';
import { at, labels } from './one-daemon.ts';

/** What the daemon stands on: the machine, the database, its schedules, its log, its event loop. */
export const machineAlerts: readonly Alert[] = [
  {
    name: 'ChimeraDegraded',
    expr: 'chimera_degradation_level >= 1',
    for: '10m',
    severity: 'ticket',
    summary:
      'For 10 minutes {{ $labels.instance }} has admitted important work only: memory or CPU is short',
    runbook: 'degraded',
    fires: { series: { [`chimera_degradation_level{${at}}`]: '1x15' }, at: '12m', labels },
    silent: { series: { [`chimera_degradation_level{${at}}`]: '1x5 0x10' }, at: '12m' },
  },
  {
    name: 'ChimeraSurvival',
    expr: 'chimera_degradation_level == 2',
    for: '1m',
    severity: 'page',
    summary: '{{ $labels.instance }} fights for its life: memory is almost used up',
    runbook: 'degraded',
    fires: { series: { [`chimera_degradation_level{${at}}`]: '2x5' }, at: '3m', labels },
    silent: { series: { [`chimera_degradation_level{${at}}`]: '1x5' }, at: '3m' },
  },
  {
    name: 'ChimeraCommitsSlow',
    expr: 'histogram_quantile(0.95, sum by (job, instance, le) (rate(db_client_operation_duration_seconds_bucket{job="chimera"}[5m]))) > 1',
    for: '5m',
    severity: 'ticket',
    summary:
      'A commit of {{ $labels.instance }} in twenty takes more than a second: its disk is slow',
    runbook: 'commits-slow',
    fires: {
      series: {
        [`db_client_operation_duration_seconds_bucket{${at},le="1"}`]: '0+1x20',
        [`db_client_operation_duration_seconds_bucket{${at},le="5"}`]: '0+9x20',
        [`db_client_operation_duration_seconds_bucket{${at},le="+Inf"}`]: '0+10x20',
      },
      at: '12m',
      labels,
    },
    silent: {
      series: {
        [`db_client_operation_duration_seconds_bucket{${at},le="1"}`]: '0+10x20',
        [`db_client_operation_duration_seconds_bucket{${at},le="5"}`]: '0+10x20',
        [`db_client_operation_duration_seconds_bucket{${at},le="+Inf"}`]: '0+10x20',
      },
      at: '12m',
    },
    // Of another program whose metrics have the conventional names, too.
    alsoSilent: [
      {
        series: {
          'db_client_operation_duration_seconds_bucket{job="shop",instance="a",le="1"}': '0+1x20',
          'db_client_operation_duration_seconds_bucket{job="shop",instance="a",le="5"}': '0+9x20',
          'db_client_operation_duration_seconds_bucket{job="shop",instance="a",le="+Inf"}':
            '0+10x20',
        },
        at: '12m',
      },
    ],
  },
  {
    name: 'ChimeraDatabaseFails',
    expr: 'chimera_database_writable == 0',
    for: '1m',
    severity: 'page',
    summary: 'The database of {{ $labels.instance }} or its disk takes no writes: no work is taken',
    runbook: 'database-fails',
    fires: { series: { [`chimera_database_writable{${at}}`]: '1 0x5' }, at: '3m', labels },
    silent: { series: { [`chimera_database_writable{${at}}`]: '1 0 1x5' }, at: '3m' },
  },
  {
    name: 'ChimeraSchedulesRefused',
    expr: 'increase(chimera_schedule_failures_total[10m]) > 3',
    severity: 'ticket',
    summary:
      'Schedule {{ $labels.schedule }} of {{ $labels.instance }} is due, and the store refuses',
    runbook: 'schedules-refused',
    fires: {
      series: { [`chimera_schedule_failures_total{${at},schedule="nightly"}`]: '0+6x10' },
      at: '10m',
      labels: { ...labels, schedule: 'nightly' },
    },
    silent: {
      series: { [`chimera_schedule_failures_total{${at},schedule="nightly"}`]: '0 1 1 2x10' },
      at: '10m',
    },
  },
  {
    name: 'ChimeraLogLost',
    // Those that a start lost are in its first value, of which no increase is seen.
    expr: 'increase(chimera_log_lines_lost_total[15m]) > 0 or (chimera_log_lines_lost_total > 0 unless chimera_log_lines_lost_total offset 15m)',
    severity: 'ticket',
    summary: 'The log of {{ $labels.instance }} cannot be written: lines of it are lost',
    runbook: 'log-lost',
    fires: {
      series: { [`chimera_log_lines_lost_total{${at}}`]: '0x20 7x10' },
      at: '25m',
      labels,
    },
    silent: { series: { [`chimera_log_lines_lost_total{${at}}`]: '0x20' }, at: '20m' },
    // From the start on, and nothing was to be logged since.
    alsoFires: [{ series: { [`chimera_log_lines_lost_total{${at}}`]: '_x20 2x10' }, at: '25m' }],
    // It has been written again for long; and after a restart.
    alsoSilent: [
      { series: { [`chimera_log_lines_lost_total{${at}}`]: '7x40' }, at: '30m' },
      { series: { [`chimera_log_lines_lost_total{${at}}`]: '7x20 _x3 0x10' }, at: '30m' },
    ],
  },
  {
    name: 'ChimeraEventLoopLate',
    expr: 'nodejs_eventloop_delay_p99_seconds{job="chimera"} > 0.25',
    for: '5m',
    severity: 'ticket',
    summary:
      'The event loop of {{ $labels.instance }} runs a quarter of a second late: something computes in it',
    runbook: 'event-loop-late',
    fires: {
      series: { [`nodejs_eventloop_delay_p99_seconds{${at}}`]: '0.4x10' },
      at: '6m',
      labels,
    },
    silent: { series: { [`nodejs_eventloop_delay_p99_seconds{${at}}`]: '0.02x10' }, at: '6m' },
  },
];
