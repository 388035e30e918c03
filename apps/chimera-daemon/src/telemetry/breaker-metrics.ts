import type { CircuitBreakerEvent } from '@chimera/circuit-breaker';
import type { AgentStatus } from '@chimera/client';
import type { MetricsRegistry } from '@chimera/telemetry';
import { perValue } from '../per-value.ts';

/** Counts what the agents' breakers tell; `statuses` is read at each scrape. */
export function breakerMetrics(
  registry: MetricsRegistry,
  statuses: () => readonly AgentStatus[],
): (agent: string, event: CircuitBreakerEvent) => void {
  const labels = ['agent'] as const;
  const successes = registry.counter({
    name: 'chimera_circuit_breaker_success_total',
    help: 'Calls that an agent answered, with success or with a verdict.',
    labels,
  });
  const failures = registry.counter({
    name: 'chimera_circuit_breaker_failure_total',
    help: 'Calls that failed, and that the breaker counts.',
    labels,
  });
  const rejections = registry.counter({
    name: 'chimera_circuit_breaker_rejected_total',
    help: 'Calls that the breaker did not let through.',
    labels,
  });
  const uncounted = registry.counter({
    name: 'chimera_circuit_breaker_uncounted_total',
    help: 'Calls that say nothing about the agent: ignored, or older than the circuit (discarded).',
    labels: ['agent', 'verdict'],
  });
  const transitions = registry.counter({
    name: 'chimera_circuit_breaker_transitions_total',
    help: 'Changes of status.',
    labels: ['agent', 'to'],
  });
  registry.observedGauge({
    name: 'chimera_circuit_breaker_state',
    help: '1 for the status that the breaker has.',
    labels: ['agent', 'state'],
    read: (tell) => {
      for (const { breaker, name: agent } of statuses()) {
        for (const state of new Set(['closed', 'open', 'half-open', breaker])) {
          tell(state === breaker ? 1 : 0, { agent, state });
        }
      }
    },
  });
  const success = perValue((agent: string) => successes.bind({ agent }));
  return (agent, event) => {
    switch (event.type) {
      case 'succeeded':
        return success(agent).add();
      case 'failed':
        return failures.bind({ agent }).add();
      case 'rejected':
        return rejections.bind({ agent }).add();
      case 'ignored':
      case 'discarded':
        return uncounted.bind({ agent, verdict: event.type }).add();
      case 'opened':
        return transitions.bind({ agent, to: 'open' }).add();
      case 'half-opened':
        return transitions.bind({ agent, to: 'half-open' }).add();
      case 'closed':
        return transitions.bind({ agent, to: 'closed' }).add();
      case 'mode-changed':
        return transitions.bind({ agent, to: event.mode }).add();
      case 'threshold-exceeded':
    }
  };
}
