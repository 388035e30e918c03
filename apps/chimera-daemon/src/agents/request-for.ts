import type { AgentRequest, GitWorkspaces } from '@chimera/agents';
import type { PhaseDefinition } from '@chimera/workflow';
import type { Claim } from '@chimera/workflow-store';
import { agentTraceparent } from '../telemetry/phase-scope.ts';

/**
 * What the agent is asked. A workflow whose input names a `repository` (and perhaps a `base`
 * commit or branch) gets a git worktree of its own.
 */
export async function requestFor(
  claim: Claim,
  phase: PhaseDefinition,
  workspaces: Pick<GitWorkspaces, 'prepare'>,
  signal: AbortSignal,
): Promise<AgentRequest> {
  const { id, input } = claim.record;
  const { base, repository } = input;
  const workspace =
    typeof repository === 'string'
      ? await workspaces.prepare({
          repository,
          workflowId: id,
          signal,
          ...(typeof base === 'string' ? { base } : {}),
        })
      : undefined;
  return new PhaseRequest(claim, phase, workspace);
}

/** One class for all: what is asked for rarely is a getter, and `toJSON` makes it part of what a program reads. */
class PhaseRequest implements AgentRequest {
  readonly idempotencyKey: string;
  readonly workflowId: string;
  readonly definition: string;
  readonly phase: string;
  readonly stage: AgentRequest['stage'];
  readonly action: AgentRequest['action'];
  readonly visit: number;
  readonly attempt: number;
  readonly input: AgentRequest['input'];
  readonly phaseInput: AgentRequest['phaseInput'];
  readonly artifacts: AgentRequest['artifacts'];
  readonly feedback: AgentRequest['feedback'];
  readonly checks: PhaseDefinition['checks'];
  readonly workspace: AgentRequest['workspace'];
  readonly #claim: Claim;

  constructor(claim: Claim, phase: PhaseDefinition, workspace: AgentRequest['workspace']) {
    const { definition, record } = claim;
    const { id, input, state } = record;
    const visit = state.visits[phase.name] ?? 1;
    this.idempotencyKey = `${id}:${state.requeues ?? 0}:${phase.name}:${visit}`;
    this.workflowId = id;
    this.definition = definition.name;
    this.phase = phase.name;
    this.stage = phase.stage;
    this.action = phase.action;
    this.visit = visit;
    this.attempt = state.attempts;
    this.input = input;
    this.phaseInput = phase.input;
    this.artifacts = state.artifacts;
    this.feedback = state.feedback;
    this.checks = phase.checks;
    this.workspace = workspace;
    this.#claim = claim;
  }

  /** Made when an agent asks for it: most do not. */
  get traceparent(): string {
    return agentTraceparent(this.#claim);
  }

  toJSON(): AgentRequest {
    return Object.assign({ traceparent: this.traceparent }, this);
  }
}
