import {
  type Agent,
  type AgentRequest,
  type AgentResult,
  failureFrom,
  type Workspace,
} from '@chimera/agents';
import type { Clock } from '@chimera/policy';
import type { PhaseDefinition } from '@chimera/workflow';

export interface Attempt {
  readonly result: AgentResult;
  /** It failed, and not because its workspace could not be made or kept. */
  readonly blamesAgent: boolean;
  /** The agent's own answer; undefined when it gave none. */
  readonly call: AgentAnswer | undefined;
}

export interface AgentAnswer {
  readonly result: AgentResult;
  /**
   * When it was asked and when it answered, in wall-clock ms; undefined when that was at once after
   * the attempt began, and at once before it ended. Only a worktree takes time in between.
   */
  readonly startedAt: number | undefined;
  readonly endedAt: number | undefined;
}

export interface AttemptDeps {
  readonly clock: Clock;
  /** The request, with the workflow's git worktree where its input names a repository. */
  readonly prepare: (signal: AbortSignal) => Promise<AgentRequest>;
  /** Commits what the agent left in the worktree: validation sees commits only. */
  readonly keepWork: (
    workspace: Workspace,
    phase: PhaseDefinition,
    signal: AbortSignal,
  ) => Promise<unknown>;
}

/**
 * Asks the agent, for as long as the phase may take; then it aborts the controller. Never rejects:
 * what goes wrong on the way is a failed attempt like the agent's own. Settles when the agent has:
 * the processes of a command are gone then; a module that does not heed its signal may go on in the
 * background.
 */
export async function runAttempt(
  agent: Agent,
  phase: PhaseDefinition,
  controller: AbortController,
  { clock, keepWork, prepare }: AttemptDeps,
): Promise<Attempt> {
  let [isAgents, isLate] = [false, false];
  let call: AgentAnswer | undefined;
  const { signal } = controller;
  const timer = clock.setTimer(() => {
    isLate = true;
    controller.abort(new PhaseTimeoutError(phase));
  }, phase.timeoutMs);
  try {
    const request = await prepare(signal);
    isAgents = true;
    const hasWorktree = request.workspace !== undefined;
    const askedAt = hasWorktree ? clock.now() : undefined;
    const result = await agent.run(request, { signal });
    call = { result, startedAt: askedAt, endedAt: hasWorktree ? clock.now() : undefined };
    isAgents = result.outcome === 'failed';
    if (result.outcome === 'succeeded' && request.workspace !== undefined) {
      await keepWork(request.workspace, phase, signal);
    }
    return {
      result: isLate ? timedOut(result, phase) : result,
      blamesAgent: isAgents,
      call,
    };
  } catch (error) {
    const result: AgentResult = { outcome: 'failed', error: failureFrom(error) };
    return {
      result: isLate ? timedOut(result, phase) : result,
      blamesAgent: isAgents,
      call,
    };
  } finally {
    timer.cancel();
  }
}

class PhaseTimeoutError extends Error {
  override readonly name = 'TimeoutError';
  readonly code = 'AGENT_TIMEOUT';

  constructor(phase: PhaseDefinition) {
    super(`phase ${phase.name} did not end within ${phase.timeoutMs} ms and was killed`);
  }
}

/** A failure after the timeout is the timeout's; a result that made it all the same counts. */
function timedOut(result: AgentResult, phase: PhaseDefinition): AgentResult {
  if (result.outcome !== 'failed') return result;
  const { code, message } = new PhaseTimeoutError(phase);
  const { details } = result.error;
  return {
    outcome: 'failed',
    error: { code, message, retryable: true, ...(details === undefined ? {} : { details }) },
  };
}
