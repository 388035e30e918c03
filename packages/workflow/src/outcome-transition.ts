import { childrenAdded, childrenStarted } from './children-transition.ts';
import type { PhaseDefinition, WorkflowDefinition } from './definition.ts';
import type { Json } from './json.ts';
import type { Progress, Transition, WorkflowEvent, WorkflowState } from './state.ts';
import {
  cancelled,
  died,
  diedOfTime,
  progressOf,
  queued,
  to,
  waiting,
  withoutChildren,
} from './steps.ts';
import { mayEnter } from './ways-to-completion.ts';

/** Crashes that a workflow survives; the one after these is its death: it may be what kills its holders. */
export const maxRecoveries = 10;

type Running = Extract<WorkflowState, { readonly status: 'running' }>;
type Outcome = Exclude<
  WorkflowEvent,
  {
    readonly type:
      | 'claimed'
      | 'woken'
      | 'timed-out'
      | 'child-ended'
      | 'child-requeued'
      | 'cancel-requested'
      | 'requeued';
  }
>;

/** What becomes of a running workflow when its phase is over, or was cut. */
export function settled(
  definition: WorkflowDefinition,
  phase: PhaseDefinition,
  state: Running,
  event: Exclude<Outcome, { readonly type: 'parked' }>,
): Transition {
  const progress = recorded(state, event);
  if (state.cancelRequested) return cancelled(progress, state.cancelReason ?? 'cancelled');
  const completes = event.type === 'phase-succeeded' && phase.onSuccess === 'completed';
  if (state.timedOut === true && !completes) return diedOfTime(definition, progress);
  switch (event.type) {
    case 'phase-succeeded':
      if (phase.onSuccess === 'completed')
        return to({ ...withoutChildren(progress), status: 'completed' });
      return entered(definition, progress, phase.onSuccess, 'next-phase', {
        reason: `"${phase.name}" succeeded, but no visits are left on the way from "${phase.onSuccess}" to completion`,
        output: event.output,
      });
    case 'phase-rejected': {
      const verdict = { reason: event.reason, output: event.output };
      if (phase.onRejected === 'dead') return died(progress, { kind: 'rejected', ...verdict });
      return entered(definition, progress, phase.onRejected, 'rework', verdict);
    }
    case 'phase-failed': {
      const { error, retryAt } = event;
      // The retry policy decides within the definition's bound, never beyond it.
      if (retryAt === undefined || state.attempts > phase.retry.maxRetries)
        return died(progress, { kind: 'failed', error });
      return waiting({ ...progress, retries: progress.retries + 1 }, retryAt, {
        kind: 'retry',
        error,
      });
    }
    case 'children-added':
      return childrenAdded(phase, state, progress, event);
    case 'children-started':
      return childrenStarted(phase, state, progress, event);
    case 'interrupted':
      if (event.cause === 'shutdown') return queued(progress, 'shutdown');
      return progress.recoveries > maxRecoveries
        ? died(progress, { kind: 'recoveries-exhausted', recoveries: progress.recoveries })
        : queued(progress, 'recovered');
  }
}

/** What the outcome adds to the workflow's history, wherever it goes from here. */
export function recorded(state: Running, event: Outcome): Progress {
  const progress = progressOf(state);
  const { phase } = progress;
  const visit = progress.visits[phase] ?? 1;
  switch (event.type) {
    case 'phase-succeeded':
      progress.artifacts = [...progress.artifacts, { phase, visit, output: event.output }];
      break;
    case 'phase-rejected': {
      const { reason, output } = event;
      // null is the output of a verdict that brought none.
      if (output !== null) progress.artifacts = [...progress.artifacts, { phase, visit, output }];
      progress.feedback = [...progress.feedback, { fromPhase: phase, visit, reason, output }];
      break;
    }
    case 'phase-failed':
    case 'children-added':
      break;
    case 'interrupted':
      if (event.cause === 'crash') progress.recoveries += 1;
      progress.attempts -= 1;
      break;
    case 'children-started':
    case 'parked':
      progress.attempts -= 1;
  }
  return progress;
}

/**
 * Enters a phase for one more visit, or dies when its visits are used up, or those of a phase
 * without which the workflow cannot be completed any more: rework that could never be validated is
 * not begun.
 */
function entered(
  definition: WorkflowDefinition,
  progress: Progress,
  phase: string,
  reason: 'next-phase' | 'rework',
  verdict: { readonly reason: string; readonly output: Json },
): Transition {
  const { visits } = progress;
  if (!mayEnter(definition.phases, phase, visits))
    return died(progress, { kind: 'rework-exhausted', ...verdict });
  const visited = { ...visits };
  visited[phase] = (visited[phase] ?? 0) + 1;
  return queued({ ...withoutChildren(progress), phase, visits: visited, attempts: 0 }, reason);
}
