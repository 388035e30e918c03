import type { Alert } from './alert.ts';
import { at, labels } from './one-daemon.ts';
import { enough, errorRatio } from './slo.ts';

/** The daemon as its users see it: there, and good at its work. */
export const serviceAlerts: readonly Alert[] = [
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
];
