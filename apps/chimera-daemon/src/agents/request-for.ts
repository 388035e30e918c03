import type { AgentRequest, GitWorkspaces } from '@chimera/agents';
import type { PhaseDefinition } from '@chimera/workflow';
import type { Claim } from '@chimera/workflow-store';

/**
 * What the agent is asked. A workflow whose input names a `repository` (and perhaps a `base`
 * commit or branch) gets a git worktree of its own.
 */
export async function requestFor(
  { definition, record }: Claim,
  phase: PhaseDefinition,
  workspaces: Pick<GitWorkspaces, 'prepare'>,
  signal: AbortSignal,
): Promise<AgentRequest> {
  const { id, input, state } = record;
  const { base, repository } = input;
  const visit = state.visits[phase.name] ?? 1;
  return {
    idempotencyKey: `${id}:${state.requeues ?? 0}:${phase.name}:${visit}`,
    workflowId: id,
    definition: definition.name,
    phase: phase.name,
    stage: phase.stage,
    action: phase.action,
    visit,
    attempt: state.attempts,
    input,
    phaseInput: phase.input,
    artifacts: state.artifacts,
    feedback: state.feedback,
    checks: phase.checks,
    workspace:
      typeof repository === 'string'
        ? await workspaces.prepare({
            repository,
            workflowId: id,
            signal,
            ...(typeof base === 'string' ? { base } : {}),
          })
        : undefined,
  };
}
