import type { DecisionView } from '@chimera/client';
import type { MetricsRegistry } from '@chimera/telemetry';

/** Counts what the daemon decides by itself about its size and its mode. */
export function decisionMetrics(registry: MetricsRegistry): (decision: DecisionView) => void {
  const scaling = registry.counter({
    name: 'chimera_scaling_decisions_total',
    help: "The autoscaler's decisions; of those to hold, at most one a minute for another cause.",
    labels: ['direction', 'cause'],
  });
  const modes = registry.counter({
    name: 'chimera_degradation_transitions_total',
    help: 'Changes of the mode.',
    labels: ['from', 'to'],
  });
  const slots = registry.counter({
    name: 'chimera_degradation_slot_changes_total',
    help: 'Slots taken from the pool (down) and given back to it (up).',
    labels: ['direction'],
  });
  return (decision) => {
    const { from, kind, to } = decision;
    if (kind === 'autoscaler') {
      scaling.bind({ direction: directionOf(from, to), cause: decision.cause }).add();
    } else if (kind === 'degradation') {
      if (typeof from === 'string') modes.bind({ from, to: to }).add();
      else slots.bind({ direction: directionOf(from, to) }).add(Math.abs(to - from));
    }
  };
}

function directionOf(from: number, to: number): 'down' | 'hold' | 'up' {
  if (to === from) return 'hold';
  return to > from ? 'up' : 'down';
}
