import type { Clock, Random } from '@chimera/policy';
import { decideRetry, exponential, RetryPolicy } from '@chimera/retry-policy';
import type { FailureRecord, PhaseDefinition } from '@chimera/workflow';
import type { Claim } from '@chimera/workflow-store';

/** When the phase's retry policy wants another attempt after one that failed at `at`; undefined when it does not. */
export function retryAt(
  { record }: Claim,
  { retry }: PhaseDefinition,
  { at, error }: { readonly error: FailureRecord; readonly at: number },
  deps: { readonly clock: Clock; readonly random: Random },
): number | undefined {
  if (!error.retryable) return undefined;
  const { baseMs, capMs, factor, jitter, maxRetries } = retry;
  const policy = new RetryPolicy(
    { maxRetries, backoff: exponential({ base: baseMs, factor, cap: capMs, jitter }) },
    { clock: deps.clock, random: deps.random },
  );
  const decision = decideRetry(policy, {
    error,
    retries: record.state.attempts - 1,
    elapsedMs: at - record.createdAt,
  });
  return decision.retry ? Math.round(at + decision.delayMs) : undefined;
}
