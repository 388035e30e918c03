import type { AgentResult } from '@chimera/agents';

const codes: ReadonlySet<string> = new Set(['AGENT_OUTPUT_INVALID', 'AGENT_OUTPUT_TOO_LARGE']);
/** Of one agent; whose breaker has not opened by then has a threshold beyond all this. */
const mostRemembered = 10_000;

/**
 * Tells an agent that is ill from an input that it cannot cope with: output that cannot be read
 * blames the agent once for each workflow, until it answers well again. One workflow whose attempts
 * all end like that dies of it, and the agent goes on for the others.
 */
export class InvalidOutputs {
  readonly #seen = new Map<string, Set<string>>();

  /** Whether this failure is the workflow's own: the agent was blamed for it before. */
  isWorkflows(agent: string, workflowId: string, result: AgentResult): boolean {
    if (result.outcome !== 'failed') {
      this.#seen.delete(agent);
      return false;
    }
    if (!codes.has(result.error.code)) return false;
    const seen = this.#seen.get(agent) ?? new Set();
    if (seen.has(workflowId)) return true;
    if (seen.size < mostRemembered) this.#seen.set(agent, seen.add(workflowId));
    return false;
  }
}
