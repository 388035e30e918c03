import { errorRatio, objective } from '../alerts/slo.ts';
import { ratePerSecond, type Row } from './panel.ts';

const budget = Number((1 - objective).toFixed(6));

export const failureAnalysis: readonly Row[] = [
  {
    title: 'Error budget',
    panels: [
      {
        title: 'Share of workflows that die',
        description: `The budget is ${budget} over 30 days.`,
        unit: 'percentunit',
        lines: {
          '5 min': errorRatio('5m'),
          '1 h': errorRatio('1h'),
          '6 h': errorRatio('6h'),
          '3 d': errorRatio('3d'),
        },
      },
      {
        title: 'Burn rate',
        description:
          '1 uses up the budget of 30 days in 30 days; a page comes at 14.4 over 1 h, or at 6 over 6 h.',
        unit: 'short',
        lines: {
          '1 h': `${errorRatio('1h')} / ${budget}`,
          '6 h': `${errorRatio('6h')} / ${budget}`,
        },
      },
      {
        title: 'Firing alerts',
        description: 'Each has a runbook in docs/runbooks.',
        unit: 'short',
        lines: {
          '{{alertname}}':
            'sum by (alertname) (ALERTS{alertstate="firing",alertname=~"Chimera.+"}) or vector(0)',
        },
      },
    ],
  },
  {
    title: 'Where it fails',
    panels: [
      {
        title: 'Attempts of phases',
        description: 'By outcome; other than succeeded.',
        unit: 'ops',
        lines: {
          '{{phase}}: {{outcome}}': ratePerSecond(
            'chimera_phase_duration_seconds_count{outcome!="succeeded"}',
            'phase, outcome',
          ),
        },
      },
      {
        title: 'Retries',
        description: 'Attempts that failed and are tried again.',
        unit: 'ops',
        lines: { '{{phase}}': ratePerSecond('chimera_retry_attempts_total', 'phase') },
      },
      {
        title: 'Retry success rate',
        description: 'Of the workflows that retried, those that completed.',
        unit: 'percentunit',
        lines: {
          rate: 'sum(increase(chimera_retry_calls_total{kind="successful_with_retry"}[1h])) / sum(increase(chimera_retry_calls_total{kind=~"successful_with_retry|failed_with_retry"}[1h]))',
        },
      },
      {
        title: 'Dead letters',
        description: 'By cause, per hour.',
        unit: 'short',
        lines: {
          '{{phase}}: {{cause}}':
            'sum by (phase, cause) (increase(chimera_dead_letters_total[1h])) > 0',
        },
      },
      {
        title: 'Open dead letters',
        description: 'Work that nobody has dealt with, and the age of the oldest in hours.',
        unit: 'short',
        lines: {
          open: 'sum(chimera_dead_letter_queue_open)',
          'oldest, hours': 'max(chimera_dead_letter_queue_oldest_age_seconds) / 3600',
        },
      },
      {
        title: 'Breaker transitions',
        description: 'Per hour, by agent.',
        unit: 'short',
        lines: {
          '{{agent}} → {{to}}':
            'sum by (agent, to) (increase(chimera_circuit_breaker_transitions_total[1h]))',
        },
      },
    ],
  },
];
