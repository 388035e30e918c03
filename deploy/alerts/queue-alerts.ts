import type { Alert } from './alert.ts';
import { at, labels } from './one-daemon.ts';

/** The depth counts what is to start later and what a limit holds, too: of that, nothing has an age. */
const claimable = 'chimera_queue_oldest_age_seconds > 0';

/** An operator wants that nothing starts. */
const unlessPaused = 'unless on (job, instance) chimera_pool_paused == 1';

/** Work that does not start. */
export const queueAlerts: readonly Alert[] = [
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
    name: 'ChimeraHeldLong',
    // What drains is a limit that does its work, however long that takes.
    expr: `min_over_time(chimera_queue_held[4h]) > 100 and chimera_queue_held >= chimera_queue_held offset 4h ${unlessPaused}`,
    for: '15m',
    severity: 'ticket',
    summary:
      'At {{ $labels.instance }} limits have held more than 100 workflows back for 4 hours, now no fewer than then',
    runbook: 'held-long',
    fires: {
      series: { [`chimera_queue_held{${at}}`]: '101x60' },
      interval: '5m',
      at: '4h20m',
      labels,
    },
    silent: {
      series: { [`chimera_queue_held{${at}}`]: '100x60' },
      interval: '5m',
      at: '4h20m',
    },
    alsoFires: [
      // More comes than the limits let through.
      {
        series: { [`chimera_queue_held{${at}}`]: '200+2x60' },
        interval: '5m',
        at: '4h20m',
      },
    ],
    alsoSilent: [
      // It drains.
      {
        series: { [`chimera_queue_held{${at}}`]: '500-2x60' },
        interval: '5m',
        at: '4h20m',
      },
      // A night's work has just come.
      {
        series: { [`chimera_queue_held{${at}}`]: '0x45 500x15' },
        interval: '5m',
        at: '4h30m',
      },
      // Each hour's work is done before the next comes.
      {
        series: { [`chimera_queue_held{${at}}`]: '500-40x11 '.repeat(6) },
        interval: '5m',
        at: '4h30m',
      },
      // An operator wants that nothing starts.
      {
        series: {
          [`chimera_queue_held{${at}}`]: '101x60',
          [`chimera_pool_paused{${at}}`]: '1x60',
        },
        interval: '5m',
        at: '4h20m',
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
];
