import type { WorkflowDefinition } from './definition.ts';
import type {
  DeathCause,
  FailureRecord,
  Progress,
  QueuedReason,
  Transition,
  WaitReason,
  WorkflowEvent,
  WorkflowState,
} from './state.ts';

/** Of nobody else yet. */
export type OwnProgress = { -readonly [Name in keyof Progress]: Progress[Name] };

export function queued(progress: Progress, reason: QueuedReason): Transition {
  return to({ ...progress, status: 'queued', reason });
}

export function waiting(progress: Progress, until: number, reason: WaitReason): Transition {
  // Infinity does not survive JSON: it would come back as null, which is due at once.
  const finite = Math.min(until, Number.MAX_SAFE_INTEGER);
  return to({ ...progress, status: 'waiting', until: finite, reason });
}

export function cancelled(progress: Progress, reason: string): Transition {
  return to({ ...withoutChildren(progress), status: 'cancelled', reason });
}

export function died(progress: Progress, cause: DeathCause): Transition {
  return {
    state: { ...withoutChildren(progress), status: 'dead', cause },
    commands: [{ type: 'dead-letter', cause }],
  };
}

export function diedOfTime(
  { timeoutMs = 0 }: WorkflowDefinition,
  progress: Progress,
  lastError?: FailureRecord,
): Transition {
  const last = lastError === undefined ? {} : { lastError };
  return died(progress, { kind: 'timed-out', timeoutMs, ...last });
}

export function to(state: WorkflowState): Transition {
  return { state, commands: [] };
}

export function ignored(
  state: WorkflowState,
  event: WorkflowEvent['type'],
  why?: string,
): Transition {
  const reason = `${event} does not apply to a ${state.status} workflow${why === undefined ? '' : `: ${why}`}`;
  return { state, commands: [{ type: 'ignore', reason }] };
}

/** A phase's children are its own: they end with its visit. */
export function withoutChildren(progress: Progress): Progress {
  if (progress.children === undefined) return progress;
  const { children: _children, ...rest } = progress;
  return rest;
}

/** A copy of the fields that every status has, without those of one status alone: the caller's to fill. */
export function progressOf(state: WorkflowState): OwnProgress {
  const { artifacts, attempts, children, deadline, feedback, phase } = state;
  const { recoveries, requeues, retries, visits } = state;
  // Filled in place: spreads cost several times as much, and every transition comes by here.
  const progress: OwnProgress = {
    phase,
    visits,
    attempts,
    retries,
    recoveries,
    artifacts,
    feedback,
  };
  if (requeues !== undefined) progress.requeues = requeues;
  if (deadline !== undefined) progress.deadline = deadline;
  if (children !== undefined) progress.children = children;
  return progress;
}
