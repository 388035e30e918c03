import type {
  DeadLetterView,
  PhaseRunView,
  WorkflowDetail,
  WorkflowSummary,
} from '@chimera/client';
import type { DeadLetter } from '@chimera/dead-letter-queue';
import { why } from '@chimera/workflow';
import type { PhaseRun, WorkflowRecord } from '@chimera/workflow-store';

export function workflowSummary(record: WorkflowRecord, now: number): WorkflowSummary {
  const { state } = record;
  const idle = state.status === 'running' || state.status === 'completed';
  return {
    id: record.id,
    definition: record.definition,
    status: state.status,
    phase: state.phase,
    priority: record.priority,
    estimateMs: record.estimateMs ?? null,
    attempts: state.attempts,
    retries: state.retries,
    createdAt: record.createdAt,
    startedAt: record.startedAt ?? null,
    finishedAt: record.finishedAt ?? null,
    why: idle ? null : why(state, now).words,
    runAt: state.status === 'waiting' ? state.until : null,
    input: record.input,
  };
}

export function workflowDetail(
  record: WorkflowRecord,
  phaseRuns: readonly PhaseRun[],
  now: number,
): WorkflowDetail {
  const { state } = record;
  return {
    ...workflowSummary(record, now),
    visits: state.visits,
    recoveries: state.recoveries,
    artifacts: state.artifacts,
    feedback: state.feedback,
    cause: state.status === 'dead' ? state.cause : null,
    phaseRuns: phaseRuns.map(phaseRunView),
  };
}

export function deadLetterView(entry: DeadLetter): DeadLetterView {
  return {
    id: entry.id,
    workflowId: entry.taskId,
    status: entry.status,
    phase: entry.phase ?? '',
    agent: entry.agent ?? null,
    fingerprint: entry.fingerprint,
    error: entry.error,
    retryCount: entry.retryCount,
    failedAt: entry.failedAt,
    resolution: entry.resolution ?? null,
    requeuedAt: entry.requeuedAt ?? null,
    previousId: entry.previousId ?? null,
  };
}

/** One dead letter, with the state in which its workflow died. */
export function deadLetterDetail(entry: DeadLetter): DeadLetterView {
  return { ...deadLetterView(entry), workflowState: entry.workflowState };
}

function phaseRunView(run: PhaseRun): PhaseRunView {
  return {
    phase: run.phase,
    visit: run.visit,
    attempt: run.attempt,
    agent: run.agent ?? '',
    startedAt: run.startedAt,
    endedAt: run.endedAt ?? null,
    outcome: run.outcome ?? null,
    details: run.details ?? null,
  };
}
