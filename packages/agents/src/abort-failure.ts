import type { FailureRecord, Json } from '@chimera/workflow';

/** The failure of an agent that was told to stop: AGENT_TIMEOUT or AGENT_ABORTED, by the signal's reason. */
export function abortFailure(subject: string, signal: AbortSignal, details?: Json): FailureRecord {
  const reason = signal.reason as
    { readonly name?: unknown; readonly message?: unknown } | undefined;
  const isTimeout = typeof reason === 'object' && reason?.name === 'TimeoutError';
  return {
    ...(isTimeout
      ? { code: 'AGENT_TIMEOUT', message: `${subject} did not finish in time and was stopped` }
      : { code: 'AGENT_ABORTED', message: `${subject} was stopped: ${reasonText(signal.reason)}` }),
    retryable: true,
    ...(details === undefined ? {} : { details }),
  };
}

function reasonText(reason: unknown): string {
  if (reason instanceof Error) return reason.message;
  return typeof reason === 'string' ? reason : 'aborted';
}
