import type { DecisionView } from '@chimera/client';

/** What changed, in words: `pool 3 → 5 slots`, `mode normal → degraded`, `breaker of planner closed → open`. */
export function decisionSubject(decision: DecisionView): string {
  const change = `${decision.from} → ${decision.to}`;
  if (decision.kind === 'breaker') return `breaker of ${decision.agent} ${change}`;
  return typeof decision.to === 'number' ? `pool ${change} slots` : `mode ${change}`;
}
