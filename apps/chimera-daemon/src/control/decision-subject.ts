import type { DecisionView } from '@chimera/client';

/** What was decided on, in words: `pool 3 → 5 slots`, `pool stays at 3 slots`, `mode normal → degraded`, `breaker of planner closed → open`. */
export function decisionSubject(decision: DecisionView): string {
  const { from, to } = decision;
  const change = from === to ? `stays at ${to}` : `${from} → ${to}`;
  if (decision.kind === 'breaker') return `breaker of ${decision.agent} ${change}`;
  return typeof to === 'number'
    ? `pool ${change} ${to === 1 ? 'slot' : 'slots'}`
    : `mode ${change}`;
}
