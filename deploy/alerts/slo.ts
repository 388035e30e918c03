import type { Alert } from './alert.ts';

/** Of the workflows that end by themselves, so many are to be completed, over 30 days. */
export const objective = 0.95;
const budget = Number((1 - objective).toFixed(6));

/** Windows of the burn-rate alerts; each has a recording rule. */
export const windows = ['5m', '30m', '1h', '2h', '6h', '1d', '3d'] as const;
type Window = (typeof windows)[number];

export const errorRatio = (window: Window): string => `chimera:workflow_errors:ratio_rate${window}`;

/** A failure among three workflows says nothing: so many have to have ended by themselves. */
export const enough = (window: Window, least: number): string =>
  `sum by (job) (increase(chimera_workflow_execution_calls_total{status=~"success|error"}[${window}])) > ${least}`;

/**
 * Both windows burn faster than this many budgets: the long one says that it matters, the short one
 * that it still goes on. The floor is of the long one: with little traffic it takes longer to tell.
 */
function burns(short: Window, long: Window, factor: number): string {
  const line = Number((factor * budget).toFixed(6));
  return `(${errorRatio(short)} > ${line} and ${errorRatio(long)} > ${line} and on (job) ${enough(long, 30)})`;
}

const success = 'chimera_workflow_execution_calls_total{job="chimera",status="success"}';
const error = 'chimera_workflow_execution_calls_total{job="chimera",status="error"}';
const aborted = 'chimera_workflow_execution_calls_total{job="chimera",status="aborted"}';
const job = { job: 'chimera' };

/**
 * Multi-window, multi-burn-rate alerts of the SRE workbook, chapter 5: a page for 2 % of the budget
 * in an hour or 5 % in six, a ticket for 10 % in a day or in three.
 */
export const sloAlerts: readonly Alert[] = [
  {
    name: 'ChimeraErrorBudgetBurnsFast',
    expr: `${burns('5m', '1h', 14.4)} or ${burns('30m', '6h', 6)}`,
    severity: 'page',
    summary: 'Workflows die so fast that the error budget of 30 days is gone within days',
    runbook: 'error-budget',
    fires: {
      series: { [success]: '0+10x48', [error]: '0+40x48' },
      interval: '5m',
      at: '2h',
      labels: job,
    },
    // A tenth fails: too much for a month, but not a matter of hours.
    silent: { series: { [success]: '0+45x48', [error]: '0+5x48' }, interval: '5m', at: '2h' },
    // Twelve an hour, and all die.
    alsoFires: [{ series: { [error]: '0+1x84' }, interval: '5m', at: '6h' }],
    // Many were cancelled: that is no traffic that could fail.
    alsoSilent: [{ series: { [aborted]: '0+40x24', [error]: '0+1x24' }, interval: '5m', at: '2h' }],
  },
  {
    name: 'ChimeraErrorBudgetBurns',
    expr: `${burns('2h', '1d', 3)} or ${burns('6h', '3d', 1)}`,
    severity: 'ticket',
    summary:
      'Workflows die at a rate that uses up the error budget of 30 days before they are over',
    runbook: 'error-budget',
    fires: {
      series: { [success]: '0+45x900', [error]: '0+5x900' },
      interval: '5m',
      at: '3d',
      labels: job,
    },
    silent: { series: { [success]: '0+49x900', [error]: '0+1x900' }, interval: '5m', at: '3d' },
  },
];
