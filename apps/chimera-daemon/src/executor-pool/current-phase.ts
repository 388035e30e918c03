import type { PhaseDefinition } from '@chimera/workflow';
import type { Claim } from '@chimera/workflow-store';

/** The phase that a claim is for. */
export function currentPhase({ definition, record }: Claim): PhaseDefinition {
  const phase = definition.phases.find(({ name }) => name === record.state.phase);
  if (phase === undefined) {
    throw new Error(
      `${definition.name} has no phase ${record.state.phase} (workflow ${record.id})`,
    );
  }
  return phase;
}
