import type { AgentResult } from '@chimera/agents';
import type { Json, JsonObject } from '@chimera/workflow';

/** What a shell, and most programs that heed the signal, exit with after a SIGTERM: 128 + 15. */
const exitCodeOfTerminated = 143;

/**
 * Whether the agent's process, one of the checks, or git was ended by a SIGTERM that the daemon did not
 * send. What is stopped with the daemon's own control group (systemd, unless told otherwise) ends so.
 */
export function wasTerminated(result: AgentResult): boolean {
  switch (result.outcome) {
    case 'succeeded':
      return false;
    case 'rejected':
      // An agent's own verdict counts, however its process ended then.
      return checksOf(result.evidence).some(isTerminated);
    case 'failed':
      return result.error.code === 'GIT_KILLED' || isTerminated(result.error.details);
  }
}

function checksOf(evidence: Json | undefined): readonly Json[] {
  const checks = fieldsOf(evidence)['checks'];
  return Array.isArray(checks) ? checks : [];
}

function isTerminated(process: Json | undefined): boolean {
  const { exitCode, signal, stopped } = fieldsOf(process);
  return stopped === undefined && (signal === 'SIGTERM' || exitCode === exitCodeOfTerminated);
}

function fieldsOf(value: Json | undefined): Partial<JsonObject> {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isObject ? (value as JsonObject) : {};
}
