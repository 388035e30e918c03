import { type PhaseDefinition, phaseNamed } from '@chimera/workflow';
import type { Claim } from '@chimera/workflow-store';

/** The phase that a claim is for. */
export function currentPhase({ definition, record }: Claim): PhaseDefinition {
  const phase = phaseNamed(definition, record.state.phase);
  if (phase === undefined) {
    throw new Error(
      `${definition.name} has no phase ${record.state.phase} (workflow ${record.id})`,
    );
  }
  return phase;
}
