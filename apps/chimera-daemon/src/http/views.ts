import type {
  DeadLetterGroupView,
  DeadLetterView,
  PhaseRunView,
  WorkflowDetail,
  WorkflowSummary,
} from '@chimera/client';
import type { DeadLetter, DeadLetterGroup } from '@chimera/dead-letter-queue';
import type { Pause } from '../executor-pool/pause-keeper.ts';
import { givenLabels } from '../labels.ts';
import { limitInWords } from './limit-view.ts';
import { why } from '@chimera/workflow';
import type { KeyWait, PhaseRun, WorkflowRecord } from '@chimera/workflow-store';

/** What keeps claimable work from starting. */
export interface Obstacles {
  readonly pause: Pause | null;
  readonly waitFor: (record: WorkflowRecord) => KeyWait | undefined;
}

export function workflowSummary(
  record: WorkflowRecord,
  now: number,
  obstacles: Obstacles,
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
    why: idle ? null : whyNot(record, now, obstacles),
    runAt: state.status === 'waiting' ? state.until : isDelayed(record, now) ? record.runAt : null,
    input: record.input,
    labels: givenLabels(record.labels),
    parent: record.parent ?? null,
  };
}

export function workflowDetail(
  record: WorkflowRecord,
  phaseRuns: readonly PhaseRun[],
  children: readonly WorkflowRecord[],
  now: number,
  obstacles: Obstacles,
): WorkflowDetail {
  const { state } = record;
  return {
    ...workflowSummary(record, now, obstacles),
    visits: state.visits,
    recoveries: state.recoveries,
    deadline: state.deadline ?? null,
    artifacts: state.artifacts,
    feedback: state.feedback,
    cause: state.status === 'dead' ? state.cause : null,
    phaseRuns: phaseRuns.map(phaseRunView),
    children: children.map((child) => workflowSummary(child, now, obstacles)),
  };
}

/** It was submitted for a later instant. */
function isDelayed({ runAt, state }: WorkflowRecord, now: number): boolean {
  return state.status === 'queued' && runAt > now;
}

/** What is due would run, were it not for the pause, or for its limits. */
function whyNot(record: WorkflowRecord, now: number, { pause, waitFor }: Obstacles): string {
  const { runAt, state } = record;
  if (isDelayed(record, now)) return `it starts at ${new Date(runAt).toISOString()}`;
  const { movesAt, words } = why(state, now);
  if (movesAt === undefined || movesAt > now) return words;
  if (pause === null) {
    const limit = waitFor(record);
    return limit === undefined ? words : `phase "${state.phase}" waits: ${limitInWords(limit)}`;
  }
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
