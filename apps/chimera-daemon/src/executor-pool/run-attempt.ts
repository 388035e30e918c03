import { type Agent, type AgentRequest, type AgentResult, failureFrom } from '@chimera/agents';
import type { Clock } from '@chimera/policy';
import type { PhaseDefinition } from '@chimera/workflow';

export interface Attempt {
  readonly result: AgentResult;
  /** False when the way to the agent failed: its workspace could not be made. */
  readonly reachedAgent: boolean;
}

/**
 * Asks the agent, for as long as the phase may take. Never rejects: what goes wrong on the way is
 * a failed attempt like the agent's own. Settles when the agent has: what it started is gone then.
 */
export async function runAttempt(
  agent: Agent,
  phase: PhaseDefinition,
  prepare: () => Promise<AgentRequest>,
  interrupted: AbortSignal,
  clock: Clock,
): Promise<Attempt> {
  let reachedAgent = false;
  const timeout = new AbortController();
  const timer = clock.setTimer(() => timeout.abort(new PhaseTimeoutError(phase)), phase.timeoutMs);
  try {
    const request = await prepare();
    reachedAgent = true;
    const signal = AbortSignal.any([interrupted, timeout.signal]);
    const result = await agent.run(request, { signal });
    return { result: timeout.signal.aborted ? timedOut(result, phase) : result, reachedAgent };
  } catch (error) {
    return { result: { outcome: 'failed', error: failureFrom(error) }, reachedAgent };
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

/** What arrives after the timeout counts only when it is a success. */
function timedOut(result: AgentResult, phase: PhaseDefinition): AgentResult {
  if (result.outcome === 'succeeded') return result;
  const { code, message } = new PhaseTimeoutError(phase);
  const details = result.outcome === 'failed' ? result.error.details : result.evidence;
  return {
    outcome: 'failed',
    error: { code, message, retryable: true, ...(details === undefined ? {} : { details }) },
  };
}
