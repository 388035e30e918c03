import { quantile, ratePerSecond, type Row } from './panel.ts';

const duration = 'chimera_workflow_execution_duration_seconds';

export const taskProcessing: readonly Row[] = [
  {
    title: 'Now',
    panels: [
      {
        title: 'Queued',
        description:
          'Work to be done, that which is to start later or is held by a limit included; held is the latter alone.',
        unit: 'short',
        isNow: true,
        lines: { queued: 'sum(chimera_queue_depth)', held: 'sum(chimera_queue_held)' },
      },
      {
        title: 'Oldest',
        description: 'For how long the oldest that may start could have started.',
        unit: 's',
        isNow: true,
        lines: { oldest: 'max(chimera_queue_oldest_age_seconds)' },
      },
      {
        title: 'Slots in use',
        description: 'Of those that the pool wants now.',
        unit: 'percentunit',
        isNow: true,
        lines: { used: 'max(chimera_pool_utilization_ratio)' },
      },
      {
        title: 'Mode',
        description: '0 is normal, 1 degraded, 2 survival.',
        unit: 'short',
        isNow: true,
        lines: { level: 'max(chimera_degradation_level)' },
      },
      {
        title: 'Paused',
        description: '1 while a pause lasts: nothing is started until `chimera resume`.',
        unit: 'short',
        isNow: true,
        lines: { paused: 'max(chimera_pool_paused)' },
      },
      {
        title: 'Open dead letters',
        description: 'Work that nobody has dealt with.',
        unit: 'short',
        isNow: true,
        lines: { open: 'sum(chimera_dead_letter_queue_open)' },
      },
    ],
  },
  {
    title: 'Flow',
    panels: [
      {
        title: 'Workflows that end',
        description: 'success is completed, error is dead, aborted is cancelled.',
        unit: 'ops',
        lines: { '{{status}}': ratePerSecond('chimera_workflow_execution_calls_total', 'status') },
      },
      {
        title: 'From submit to end',
        description: 'Waits included.',
        unit: 's',
        lines: {
          p50: quantile(0.5, duration),
          p95: quantile(0.95, duration),
          p99: quantile(0.99, duration),
        },
      },
      {
        title: 'Workflows by state',
        description: 'A growing number of waiting ones: look at the breakers.',
        unit: 'short',
        lines: { '{{status}}': 'sum by (status) (chimera_workflows)' },
      },
      {
        title: 'What is done to the queue',
        description: 'Submits above claims for long: the queue grows.',
        unit: 'ops',
        lines: { '{{operation}}': ratePerSecond('chimera_queue_operations_total', 'operation') },
      },
      {
        title: 'Wait for a slot',
        description: 'From the moment at which work could start to its start.',
        unit: 's',
        lines: {
          p50: quantile(0.5, 'chimera_slot_wait_seconds'),
          p95: quantile(0.95, 'chimera_slot_wait_seconds'),
        },
      },
      {
        title: 'Phases',
        description: 'Attempts, 95th percentile, from claim to recorded outcome.',
        unit: 's',
        lines: { '{{phase}}': quantile(0.95, 'chimera_phase_duration_seconds', 'phase') },
      },
    ],
  },
  {
    title: 'Pool',
    panels: [
      {
        title: 'Slots',
        description:
          'Baseline of the autoscaler, what degradation leaves of it, and what is used; paused is 1 while nothing may start.',
        unit: 'short',
        lines: {
          baseline: 'sum(chimera_pool_size)',
          wanted: 'sum(chimera_pool_target_size)',
          used: 'sum(chimera_pool_active)',
          peak: 'sum(chimera_pool_active_peak)',
          paused: 'max(chimera_pool_paused)',
        },
      },
      {
        title: 'Scaling decisions',
        description: 'Per hour; `chimera decisions` has their reasons.',
        unit: 'short',
        lines: {
          '{{direction}}: {{cause}}':
            'sum by (direction, cause) (increase(chimera_scaling_decisions_total[1h]))',
        },
      },
      {
        title: 'Degradation',
        description: '0 is normal, 1 degraded, 2 survival.',
        unit: 'short',
        lines: { '{{instance}}': 'chimera_degradation_level' },
      },
    ],
  },
  {
    title: 'Schedules',
    panels: [
      {
        title: 'Starts',
        description: 'Per hour: in time, caught up, after the one before, by hand.',
        unit: 'short',
        lines: {
          '{{schedule}}: {{trigger}}':
            'sum by (schedule, trigger) (increase(chimera_schedule_runs_total[1h]))',
        },
      },
      {
        title: 'Not started',
        description: 'Per hour: skipped for what still ran, missed, refused by the store.',
        unit: 'short',
        lines: {
          '{{schedule}}: skipped':
            'sum by (schedule) (increase(chimera_schedule_skipped_total[1h]))',
          '{{schedule}}: missed': 'sum by (schedule) (increase(chimera_schedule_missed_total[1h]))',
          '{{schedule}}: refused':
            'sum by (schedule) (increase(chimera_schedule_failures_total[1h]))',
        },
      },
      {
        title: 'Lateness',
        description: 'From the instant to the start, 95th percentile.',
        unit: 's',
        lines: { '{{schedule}}': quantile(0.95, 'chimera_schedule_lateness_seconds', 'schedule') },
      },
    ],
  },
];
