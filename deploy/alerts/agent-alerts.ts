import type { Alert } from './alert.ts';
import { at, labels } from './one-daemon.ts';

/** Agents that fail, and the work that died of it. */
export const agentAlerts: readonly Alert[] = [
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
];
