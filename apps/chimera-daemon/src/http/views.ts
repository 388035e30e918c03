import type {
  DeadLetterGroupView,
  DeadLetterView,
  PhaseRunView,
  WorkflowDetail,
  WorkflowSummary,
} from '@chimera/client';
import type { DeadLetter, DeadLetterGroup } from '@chimera/dead-letter-queue';
import type { Pause } from '../executor-pool/pause-keeper.ts';
import { why } from '@chimera/workflow';
import type { PhaseRun, WorkflowRecord } from '@chimera/workflow-store';

export function workflowSummary(
  record: WorkflowRecord,
  now: number,
  pause: Pause | null = null,
): WorkflowSummary {
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
    why: idle ? null : whyNot(record, now, pause),
    runAt: state.status === 'waiting' ? state.until : isDelayed(record, now) ? record.runAt : null,
    input: record.input,
    parent: record.parent ?? null,
  };
}

export function workflowDetail(
  record: WorkflowRecord,
  phaseRuns: readonly PhaseRun[],
  children: readonly WorkflowRecord[],
  now: number,
  pause: Pause | null = null,
): WorkflowDetail {
  const { state } = record;
  return {
    ...workflowSummary(record, now, pause),
    visits: state.visits,
    recoveries: state.recoveries,
    deadline: state.deadline ?? null,
    artifacts: state.artifacts,
    feedback: state.feedback,
    cause: state.status === 'dead' ? state.cause : null,
    phaseRuns: phaseRuns.map(phaseRunView),
    children: children.map((child) => workflowSummary(child, now, pause)),
  };
}

/** It was submitted for a later instant. */
function isDelayed({ runAt, state }: WorkflowRecord, now: number): boolean {
  return state.status === 'queued' && runAt > now;
}

/** What is due would run, were it not for the pause. */
function whyNot(record: WorkflowRecord, now: number, pause: Pause | null): string {
  const { runAt, state } = record;
  if (isDelayed(record, now)) return `it starts at ${new Date(runAt).toISOString()}`;
  const { movesAt, words } = why(state, now);
  if (pause === null || movesAt === undefined || movesAt > now) return words;
  const because = pause.reason === null ? '' : ` (${pause.reason})`;
  return `phase "${state.phase}" waits: the pool is paused${because}; go on with: chimera resume`;
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

export function deadLetterGroupView(
  { tasks: workflows, ...group }: DeadLetterGroup,
  { agent, error, id, phase }: DeadLetter,
): DeadLetterGroupView {
  const example = {
    id,
    phase: phase ?? '',
    agent: agent ?? null,
    error: `${error.code}: ${error.message}`,
  };
  return { ...group, workflows, example };
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
