import type { PhaseRunView, WorkflowDetail, WorkflowSummary } from '@chimera/client';
import { branchOf } from '@chimera/agents';
import type { Pause } from '../executor-pool/pause-keeper.ts';
import { givenLabels } from '../labels.ts';
import { parkedFor } from './attempt-errors.ts';
import { limitInWords } from './limit-view.ts';
import { why } from '@chimera/workflow';
import type { KeyWait, ParentLink, PhaseRun, WorkflowRecord } from '@chimera/workflow-store';

/** What keeps claimable work from starting. */
export interface Obstacles {
  readonly pause: Pause | null;
  readonly waitFor: (record: WorkflowRecord) => KeyWait | undefined;
}

/** See {@link attemptErrors}. */
export type AttemptErrors = ReadonlyMap<number, string>;

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
    parent: record.parent === undefined ? null : parentView(record.parent),
  };
}

function parentView({ fork, id, index }: ParentLink): WorkflowSummary['parent'] {
  return { id, fork, index };
}

export function workflowDetail(
  record: WorkflowRecord,
  {
    cancelled,
    errors,
    runs,
  }: {
    readonly runs: readonly PhaseRun[];
    readonly errors: AttemptErrors;
    /** See {@link cancelledAttempts}. */
    readonly cancelled: ReadonlySet<number>;
  },
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
    branch: typeof record.input.repository === 'string' ? branchOf(record.id) : null,
    phaseRuns: runs.map((run) => {
      const view = phaseRunView(run, errors);
      return cancelled.has(run.token) ? { ...view, outcome: 'cancelled' } : view;
    }),
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

export function phaseRunView(run: PhaseRun, errors: AttemptErrors): PhaseRunView {
  return {
    phase: run.phase,
    visit: run.visit,
    attempt: run.attempt,
    agent: run.agent ?? '',
    startedAt: run.startedAt,
    endedAt: run.endedAt ?? null,
    outcome: run.outcome ?? null,
    error: errors.get(run.token) ?? parkedFor(run) ?? null,
    details: run.details ?? null,
  };
}
