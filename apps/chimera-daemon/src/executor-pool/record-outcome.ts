import type { Clock } from '@chimera/policy';
import type { WorkflowEvent } from '@chimera/workflow';
import type {
  AttemptEvidence,
  Claim,
  WorkflowRecord,
  WorkflowStore,
} from '@chimera/workflow-store';
import { RetryPolicy } from '@chimera/retry-policy';
import type { Logger } from '../log.ts';

export interface RecordingDeps {
  readonly store: WorkflowStore;
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * Writes an attempt's outcome under its fencing token. A store that fails (a full disk) is tried
 * again while the lease may be ours; a stale token means that the outcome is not ours to record,
 * and comes back as undefined.
 */
export async function recordOutcome(
  { store, clock, log }: RecordingDeps,
  { record, token }: Claim,
  event: WorkflowEvent,
  run?: AttemptEvidence,
): Promise<WorkflowRecord | undefined> {
  const patience = new RetryPolicy({ maxRetries: 8 }, { clock });
  const applied = await patience.execute(() =>
    store.apply({ workflowId: record.id, event, token, ...(run === undefined ? {} : { run }) }),
  );
  const context = {
    component: 'executor-pool',
    task_id: record.id,
    workflow_phase: record.state.phase,
  };
  if (applied === undefined) {
    log.warn({ ...context, event: event.type }, 'the lease was lost; the outcome was not recorded');
  } else {
    log.info({ ...context, event: event.type, status: applied.record.state.status }, 'phase ended');
  }
  return applied?.record;
}
