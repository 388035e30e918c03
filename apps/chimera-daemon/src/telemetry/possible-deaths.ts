import type { DeathCause, WorkflowDefinition } from '@chimera/workflow';

export interface PossibleDeath {
  readonly definition: string;
  readonly phase: string;
  readonly cause: DeathCause['kind'];
}

/** Of what workflows of a definition can be expected to die, in each of its phases. */
export function possibleDeaths({
  name,
  phases,
  timeoutMs,
}: WorkflowDefinition): readonly PossibleDeath[] {
  return phases.flatMap(({ name: phase, onRejected }) => {
    const causes: DeathCause['kind'][] = ['failed', 'recoveries-exhausted'];
    causes.push(onRejected === 'dead' ? 'rejected' : 'rework-exhausted');
    if (timeoutMs !== undefined) causes.push('timed-out');
    return causes.map((cause) => ({ definition: name, phase, cause }));
  });
}
