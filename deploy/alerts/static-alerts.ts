import type { Alert } from './alert.ts';
import { enough, errorRatio } from './slo.ts';

const at = 'job="chimera",instance="a"';
const labels = { job: 'chimera', instance: 'a' };

/** The depth counts what is to start later and what a limit holds, too: of that, nothing has an age. */
const claimable = 'chimera_queue_oldest_age_seconds > 0';

/** An operator wants that nothing starts. */
const unlessPaused = 'unless on (job, instance) chimera_pool_paused == 1';

/** Lines that a daemon must not cross, whatever the month's budget says. */
export const staticAlerts: readonly Alert[] = [
  {
    name: 'ChimeraDown',
    expr: 'up{job="chimera"} == 0',
    for: '1m',
    severity: 'page',
    summary: 'The daemon at {{ $labels.instance }} does not answer',
    runbook: 'down',
    fires: { series: { [`up{${at}}`]: '1 0x5' }, at: '3m', labels },
    silent: { series: { [`up{${at}}`]: '1 0 1x5' }, at: '3m' },
  },
  {
    name: 'ChimeraRestarts',
    expr: 'resets(process_uptime_seconds{job="chimera"}[30m]) >= 3',
    severity: 'page',
    summary: 'The daemon at {{ $labels.instance }} restarts again and again',
    runbook: 'restarts',
    fires: {
      series: { [`process_uptime_seconds{${at}}`]: '100 160 5 65 3 63 2 62 122' },
      at: '8m',
      labels,
    },
    silent: { series: { [`process_uptime_seconds{${at}}`]: '100 160 5 65 125 185' }, at: '5m' },
  },
  {
    name: 'ChimeraErrorRateHigh',
    expr: `${errorRatio('5m')} > 0.05 and on (job) ${enough('5m', 20)}`,
    for: '5m',
    severity: 'ticket',
    summary: 'More than 5 % of the workflows die',
    runbook: 'error-budget',
    fires: {
      series: {
        [`chimera_workflow_execution_calls_total{${at},status="success"}`]: '0+9x20',
        [`chimera_workflow_execution_calls_total{${at},status="error"}`]: '0+1x20',
      },
      at: '15m',
      labels: { job: 'chimera' },
    },
    silent: {
      series: {
        [`chimera_workflow_execution_calls_total{${at},status="success"}`]: '0+49x20',
        [`chimera_workflow_execution_calls_total{${at},status="error"}`]: '0+1x20',
      },
      at: '15m',
    },
    // Many were cancelled: that is no traffic that could fail.
    alsoSilent: [
      {
        series: {
          [`chimera_workflow_execution_calls_total{${at},status="aborted"}`]: '0+40x20',
          [`chimera_workflow_execution_calls_total{${at},status="error"}`]: '0+1x20',
        },
        at: '15m',
      },
    ],
  },
  {
    name: 'ChimeraPoolSaturated',
    expr: `chimera_pool_utilization_ratio > 0.95 and on (job, instance) ${claimable} ${unlessPaused}`,
    for: '5m',
    severity: 'ticket',
    summary: 'For 5 minutes all slots of {{ $labels.instance }} have been in use while work waits',
    runbook: 'pool-saturated',
    fires: {
      series: {
        [`chimera_pool_utilization_ratio{${at}}`]: '1x10',
        [`chimera_queue_oldest_age_seconds{${at}}`]: '5+30x10',
      },
      at: '8m',
      labels,
    },
    // Work that is to start later, and work that a limit holds, do not wait for a slot.
    silent: {
      series: {
        [`chimera_pool_utilization_ratio{${at}}`]: '1x10',
        [`chimera_queue_depth{${at}}`]: '7x10',
        [`chimera_queue_oldest_age_seconds{${at}}`]: '0x10',
      },
      at: '8m',
    },
    // What runs goes on, and more slots would not be used.
    alsoSilent: [
      {
        series: {
          [`chimera_pool_utilization_ratio{${at}}`]: '1x10',
          [`chimera_queue_oldest_age_seconds{${at}}`]: '5+30x10',
          [`chimera_pool_paused{${at}}`]: '1x10',
        },
        at: '8m',
      },
    ],
  },
  {
    name: 'ChimeraQueueLong',
    expr: `chimera_queue_depth > 100 and on (job, instance) ${claimable}`,
    for: '5m',
    severity: 'ticket',
    summary: 'More than 100 workflows wait at {{ $labels.instance }}',
    runbook: 'queue-long',
    fires: {
      series: {
        [`chimera_queue_depth{${at}}`]: '101x10',
        [`chimera_queue_oldest_age_seconds{${at}}`]: '5+30x10',
      },
      at: '6m',
      labels,
    },
    silent: {
      series: {
        [`chimera_queue_depth{${at}}`]: '100x10',
        [`chimera_queue_oldest_age_seconds{${at}}`]: '5+30x10',
      },
      at: '6m',
    },
    // All of it is to start later, or held by a limit.
    alsoSilent: [
      {
        series: {
          [`chimera_queue_depth{${at}}`]: '500x10',
          [`chimera_queue_oldest_age_seconds{${at}}`]: '0x10',
        },
        at: '6m',
      },
    ],
  },
  {
    name: 'ChimeraNothingStarts',
    expr: `chimera_queue_oldest_age_seconds > 300 and on (job, instance) chimera_pool_active == 0 ${unlessPaused}`,
    for: '5m',
    severity: 'page',
    summary: 'Work has waited for over 5 minutes at {{ $labels.instance }}, and nothing runs',
    runbook: 'nothing-starts',
    fires: {
      series: {
        [`chimera_queue_oldest_age_seconds{${at}}`]: '0+60x20',
        [`chimera_pool_active{${at}}`]: '0x20',
      },
      at: '12m',
      labels,
    },
    silent: {
      series: {
        [`chimera_queue_oldest_age_seconds{${at}}`]: '0+60x20',
        [`chimera_pool_active{${at}}`]: '1x20',
      },
      at: '12m',
    },
    alsoFires: [
      // The pause is over, and still nothing starts.
      {
        series: {
          [`chimera_queue_oldest_age_seconds{${at}}`]: '0+60x20',
          [`chimera_pool_active{${at}}`]: '0x20',
          [`chimera_pool_paused{${at}}`]: '1x8 0x12',
        },
        at: '15m',
      },
    ],
    alsoSilent: [
      // The store does not answer, and nobody knows what waits: ChimeraDatabaseFails pages.
      {
        series: {
          [`chimera_queue_oldest_age_seconds{${at}}`]: '0+60x8 stale _x12',
          [`chimera_pool_active{${at}}`]: '0x20',
        },
        at: '12m',
      },
      // An operator has paused it.
      {
        series: {
          [`chimera_queue_oldest_age_seconds{${at}}`]: '0+60x20',
          [`chimera_pool_active{${at}}`]: '0x20',
          [`chimera_pool_paused{${at}}`]: '1x20',
        },
        at: '12m',
      },
    ],
  },
  {
    name: 'ChimeraPausedLong',
    expr: `chimera_pool_paused == 1 and on (job, instance) ${claimable}`,
    for: '4h',
    severity: 'ticket',
    summary: 'For 4 hours work has waited at {{ $labels.instance }}, which is paused',
    runbook: 'paused',
    fires: {
      series: {
        [`chimera_pool_paused{${at}}`]: '1x60',
        [`chimera_queue_oldest_age_seconds{${at}}`]: '300+300x60',
      },
      interval: '5m',
      at: '4h10m',
      labels,
    },
    silent: {
      series: {
        [`chimera_pool_paused{${at}}`]: '1x45 0x15',
        [`chimera_queue_oldest_age_seconds{${at}}`]: '300+300x60',
      },
      interval: '5m',
      at: '4h10m',
    },
    // Nobody waits for its end.
    alsoSilent: [
      {
        series: {
          [`chimera_pool_paused{${at}}`]: '1x60',
          [`chimera_queue_oldest_age_seconds{${at}}`]: '0x60',
        },
        interval: '5m',
        at: '4h10m',
      },
    ],
  },
  {
    name: 'ChimeraBreakerOpen',
    // Whether it rests or is probed: probes of an agent take minutes, and end the rest each time. One
    // that nobody has asked since its rest stays half-open, too: it has opened once, and not again.
    expr: 'max without (state) (chimera_circuit_breaker_state{state=~"open|half-open"}) == 1 and on (job, instance, agent) (chimera_circuit_breaker_state{state="open"} == 1 or changes(chimera_circuit_breaker_state{state="open"}[1h]) > 2)',
    for: '5m',
    severity: 'ticket',
    summary:
      'The circuit of the agent {{ $labels.agent }} has not been closed for 5 minutes: it keeps failing',
    runbook: 'breaker-open',
    fires: {
      series: { [`chimera_circuit_breaker_state{${at},agent="coder",state="open"}`]: '1x10' },
      at: '6m',
      labels: { ...labels, agent: 'coder' },
    },
    silent: {
      series: {
        [`chimera_circuit_breaker_state{${at},agent="coder",state="open"}`]: '1 1 0 1 0 0',
      },
      at: '5m',
    },
    // Each rest is over in a minute, and then a probe takes one until it fails.
    alsoFires: [
      {
        series: {
          [`chimera_circuit_breaker_state{${at},agent="coder",state="open"}`]:
            '1 0 1 0 1 0 1 0 1 0 1',
          [`chimera_circuit_breaker_state{${at},agent="coder",state="half-open"}`]:
            '0 1 0 1 0 1 0 1 0 1 0',
        },
        at: '8m',
      },
      // And a probe that takes nine.
      {
        series: {
          [`chimera_circuit_breaker_state{${at},agent="coder",state="open"}`]:
            '0x2 1 0x8 1 0x8 1 0x8',
          [`chimera_circuit_breaker_state{${at},agent="coder",state="half-open"}`]:
            '0x3 1x8 0 1x8 0 1x8',
        },
        at: '30m',
      },
    ],
    // All of its work is dead, and no other came: at once, and after a long rest.
    alsoSilent: [
      {
        series: {
          [`chimera_circuit_breaker_state{${at},agent="coder",state="open"}`]: '0x5 1 0x60',
          [`chimera_circuit_breaker_state{${at},agent="coder",state="half-open"}`]: '0x6 1x60',
        },
        at: '20m',
      },
      {
        series: {
          [`chimera_circuit_breaker_state{${at},agent="coder",state="open"}`]: '1x8 0x60',
          [`chimera_circuit_breaker_state{${at},agent="coder",state="half-open"}`]: '0x8 1x60',
        },
        at: '50m',
      },
    ],
  },
  {
    name: 'ChimeraDeadLettersGrow',
    // Of a definition that is not loaded any more, the counter begins with its first ones, of which no increase is seen.
    expr: 'sum by (job, instance) (increase(chimera_dead_letters_total[1h])) > 10 or delta(chimera_dead_letter_queue_open[1h]) > 10',
    severity: 'ticket',
    summary: 'More than 10 workflows of {{ $labels.instance }} became dead letters within an hour',
    runbook: 'dead-letters',
    fires: {
      series: { [`chimera_dead_letters_total{${at},cause="failed"}`]: '0+1x70' },
      at: '60m',
      labels,
    },
    silent: {
      series: { [`chimera_dead_letters_total{${at},cause="failed"}`]: '0+0.1x70' },
      at: '60m',
    },
    alsoFires: [
      // All at once, and none before: the counter begins at 50.
      {
        series: {
          [`chimera_dead_letter_queue_open{${at}}`]: '2x30 52x40',
          [`chimera_dead_letters_total{${at},cause="failed"}`]: '_x30 50x40',
        },
        at: '60m',
      },
    ],
    // Open for long, over a restart.
    alsoSilent: [
      {
        series: {
          [`chimera_dead_letter_queue_open{${at}}`]: '52x30 _x5 52x40',
          [`chimera_dead_letters_total{${at},cause="failed"}`]: '50x30',
        },
        at: '60m',
      },
    ],
  },
  {
    name: 'ChimeraDeadLetterForgotten',
    expr: 'chimera_dead_letter_queue_oldest_age_seconds > 7 * 86400',
    for: '1h',
    severity: 'ticket',
    summary: 'A dead letter of {{ $labels.instance }} has been open for a week',
    runbook: 'dead-letters',
    fires: {
      series: { [`chimera_dead_letter_queue_oldest_age_seconds{${at}}`]: '700000x70' },
      at: '65m',
      labels,
    },
    silent: {
      series: { [`chimera_dead_letter_queue_oldest_age_seconds{${at}}`]: '600000x70' },
      at: '65m',
    },
  },
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
