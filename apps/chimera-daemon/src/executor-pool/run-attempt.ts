import {
  type Agent,
  type AgentRequest,
  type AgentResult,
  failureFrom,
  type Workspace,
} from '@chimera/agents';
import type { Clock } from '@chimera/policy';
import type { PhaseDefinition } from '@chimera/workflow';
import type { Claim } from '@chimera/workflow-store';
import type { AgentCall } from './agent-call.ts';
import { Interruption } from './interruption.ts';

export interface Attempt {
  readonly result: AgentResult;
  /** It failed, and not because its workspace could not be made or kept. */
  readonly blamesAgent: boolean;
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
  readonly claim: Claim;
  /** Hears of the call of the agent when it has ended. Default: nobody does, and no clock is read for it. */
  readonly onCalled: ((call: AgentCall) => void) | undefined;
}

/**
 * Asks the agent, for as long as the phase may take; then it aborts the controller. Never rejects: what goes wrong on the way is
 * a failed attempt like the agent's own. Settles when the agent has: the processes of a command are
 * gone then; a module that does not heed its signal may go on in the background.
 */
export async function runAttempt(
  agent: Agent,
  phase: PhaseDefinition,
  controller: AbortController,
  { claim, clock, keepWork, onCalled, prepare }: AttemptDeps,
): Promise<Attempt> {
  let [isAgents, isLate] = [false, false];
  const { signal } = controller;
  const timer = clock.setTimer(() => {
    isLate = true;
    controller.abort(new PhaseTimeoutError(phase));
  }, phase.timeoutMs);
  try {
    const request = await prepare(signal);
    isAgents = true;
    const startedAt = onCalled === undefined ? 0 : clock.now();
    const began = onCalled === undefined ? 0 : clock.monotonic();
    const result = await agent.run(request, { signal });
    if (onCalled !== undefined) {
      const reason: unknown = signal.reason;
      onCalled({
        agent: agent.name,
        claim,
        startedAt,
        durationMs: clock.monotonic() - began,
        result,
        interruption: reason instanceof Interruption ? reason.kind : undefined,
      });
    }
    isAgents = result.outcome === 'failed';
    if (result.outcome === 'succeeded' && request.workspace !== undefined) {
      await keepWork(request.workspace, phase, signal);
    }
    return {
      result: isLate ? timedOut(result, phase) : result,
      blamesAgent: isAgents,
    };
  } catch (error) {
    const result: AgentResult = { outcome: 'failed', error: failureFrom(error) };
    return {
      result: isLate ? timedOut(result, phase) : result,
      blamesAgent: isAgents,
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
