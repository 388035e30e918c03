import { failureFrom } from '@chimera/agents';
import type { Clock, Random } from '@chimera/policy';
import type { FailureRecord } from '@chimera/workflow';
import type { Claim } from '@chimera/workflow-store';
import { currentPhase } from './current-phase.ts';
import type { Outcome } from './outcome.ts';
import { retryAt } from './retry-at.ts';

/**
 * What stands for an outcome that the store refuses each time: a failed attempt that says why, and
 * has nothing of what was refused. `refused` is undefined when it could not even be told.
 */
export function refusedOutcome(
  claim: Claim,
  refused: Outcome | undefined,
  why: unknown,
  deps: { readonly clock: Clock; readonly random: Random },
): Outcome {
  const phase = currentPhase(claim);
  const at = deps.clock.now();
  const type = refused === undefined ? '' : ` (${refused.event.type})`;
  const error: FailureRecord = {
    code: 'OUTCOME_REFUSED',
    message: `the store refused each time what phase ${phase.name} ended with${type}: ${failureFrom(why).message}; see that its agent leaves something else, then requeue`,
    retryable: true,
  };
  const event = {
    type: 'phase-failed',
    at,
    error,
    retryAt: retryAt(claim, phase, { error, at }, deps),
  } as const;
  return {
    event,
    ...(refused?.run === undefined ? {} : { run: { ...refused.run, details: null } }),
  };
}
