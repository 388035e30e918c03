import type { ErrorRecord } from './error-record.ts';

/**
 * The name of a cause of death: code of the root cause, phase and agent, such as
 * `AGENT_TIMEOUT/implementation/coder`. What is unknown is `-`.
 */
export function fingerprintOf(
  error: ErrorRecord,
  phase: string | undefined,
  agent: string | undefined,
): string {
  return (
    [rootOf(error).code, phase, agent]
      .map((part) => (part === undefined || part === '' ? '-' : part.replaceAll('/', '%2F')))
      .join('/')
      // No text of PostgreSQL can hold it, and a code is whatever somebody threw.
      .replaceAll('\0', '%00')
  );
}

function rootOf(error: ErrorRecord): ErrorRecord {
  return error.cause === undefined ? error : rootOf(error.cause);
}
