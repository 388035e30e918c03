import type { PhaseDefinition } from './definition.ts';
import { firstPhase, phaseNamed } from './phase-named.ts';

/** Everything that can be reached from a phase over edges whose ends are `open`, the phase itself included. */
export function reachableFrom(
  phases: readonly PhaseDefinition[],
  from: string,
  open: (phase: PhaseDefinition) => boolean = () => true,
): ReadonlySet<string> {
  const byName = new Map(phases.map((phase) => [phase.name, phase]));
  const seen = new Set([from]);
  // A Set is iterated in order of insertion, what is added on the way included.
  for (const name of seen) {
    const phase = byName.get(name);
    for (const target of phase === undefined ? [] : [phase.onSuccess, phase.onRejected]) {
      const next = byName.get(target);
      if (next === undefined || open(next)) seen.add(target);
    }
  }
  return seen;
}

/** Whether one more visit of the phase is allowed, and can still lead to `completed` within everyone's maxVisits. */
export function mayEnter(
  phases: readonly PhaseDefinition[],
  name: string,
  visits: Readonly<Record<string, number>>,
): boolean {
  const hasVisitLeft = (phase: PhaseDefinition) => (visits[phase.name] ?? 0) < phase.maxVisits;
  const phase = phaseNamed({ phases }, name);
  if (phase === undefined) return false;
  // A definition has a way to completion from each of its phases: only a used-up visit can close it.
  if (firstPhase(phases, (each) => !hasVisitLeft(each)) === undefined) return true;
  return hasVisitLeft(phase) && reachableFrom(phases, name, hasVisitLeft).has('completed');
}
