import { forkOf } from './children-progress.ts';
import { childMoved, childrenStarted, letsChildrenGo } from './children-transition.ts';
import type { PhaseDefinition, WorkflowDefinition } from './definition.ts';
import type { Json } from './json.ts';
import type { FailureRecord, Progress, Transition, WorkflowEvent, WorkflowState } from './state.ts';
import {
  cancelled,
  died,
  ignored,
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

/** Where a new workflow begins: queued at the definition's first phase, on its first visit. */
export function initialState(definition: WorkflowDefinition): WorkflowState {
  return {
    status: 'queued',
    reason: 'new',
    phase: definition.start,
    visits: { [definition.start]: 1 },
    attempts: 0,
    retries: 0,
    recoveries: 0,
    artifacts: [],
    feedback: [],
  };
}

/**
 * What an event makes of a workflow. Total: an event that does not apply returns the very same
 * state and one `ignore` command that says why.
 *
 * A cancellation that is under way wins over every outcome: what the phase still delivers is
 * recorded as artifact and feedback, and the workflow ends cancelled, even where the outcome would
 * have completed it: whoever cancelled was told that nothing more will happen. A deadline that is
 * over ends it as well, but what has been completed all the same is not thrown away.
 */
export function transition(
  definition: WorkflowDefinition,
  state: WorkflowState,
  event: WorkflowEvent,
): Transition {
  const step = stepOf(definition, state, event);
  if (!letsChildrenGo(state, step.state)) return step;
  const command = { type: 'stop-children', fork: forkOf(state) } as const;
  return { state: step.state, commands: [...step.commands, command] };
}

function stepOf(
  definition: WorkflowDefinition,
  state: WorkflowState,
  event: WorkflowEvent,
): Transition {
  switch (event.type) {
    case 'claimed':
      return claimed(definition, state, event.at);
    case 'woken':
      if (state.status !== 'waiting') return ignored(state, event.type);
      return state.reason.kind === 'children'
        ? ignored(state, event.type, 'it waits for its children')
        : queued(progressOf(state), 'woken');
    case 'timed-out':
      return timedOut(definition, state, event.at);
    case 'child-ended':
      return childMoved(definition, state, event, event.outcome);
    case 'child-requeued':
      return childMoved(definition, state, event, 'pending');
    case 'cancel-requested':
      return cancelRequested(state, event.reason);
    case 'requeued':
      return requeued(definition, state, event.phase);
    case 'parked':
      return parked(definition, state, event);
    case 'phase-succeeded':
    case 'phase-rejected':
    case 'phase-failed':
    case 'children-started':
    case 'interrupted': {
      if (state.status !== 'running') return ignored(state, event.type);
      const phase = definition.phases.find(({ name }) => name === state.phase);
      if (phase === undefined) return unknownPhase(definition, state, state.phase);
      return settled(definition, phase, state, event);
    }
  }
}

function settled(
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
function recorded(state: Running, event: Outcome): Progress {
  const progress = progressOf(state);
  const { phase } = progress;
  const visit = progress.visits[phase] ?? 1;
  switch (event.type) {
    case 'phase-succeeded':
      return {
        ...progress,
        artifacts: [...progress.artifacts, { phase, visit, output: event.output }],
      };
    case 'phase-rejected': {
      const { reason, output } = event;
      return {
        ...progress,
        // null is the output of a verdict that brought none.
        artifacts:
          output === null ? progress.artifacts : [...progress.artifacts, { phase, visit, output }],
        feedback: [...progress.feedback, { fromPhase: phase, visit, reason, output }],
      };
    }
    case 'phase-failed':
      return progress;
    case 'children-started':
    case 'parked':
      return withAttemptBack(progress);
    case 'interrupted':
      return {
        ...withAttemptBack(progress),
        recoveries: progress.recoveries + (event.cause === 'crash' ? 1 : 0),
      };
  }
}

function claimed(definition: WorkflowDefinition, state: WorkflowState, at: number): Transition {
  if (state.status === 'waiting' && state.until > at)
    return ignored(state, 'claimed', `it waits until ${state.until}`);
  if (state.status !== 'queued' && state.status !== 'waiting') return ignored(state, 'claimed');
  const { timeoutMs } = definition;
  const known = progressOf(state);
  const progress =
    timeoutMs === undefined || known.deadline !== undefined
      ? known
      : { ...known, deadline: at + timeoutMs };
  const attempt = progress.attempts + 1;
  return {
    state: { ...progress, attempts: attempt, status: 'running', cancelRequested: false },
    commands: [{ type: 'run-phase', phase: progress.phase, attempt }],
  };
}

function parked(
  definition: WorkflowDefinition,
  state: WorkflowState,
  event: Extract<WorkflowEvent, { readonly type: 'parked' }>,
): Transition {
  switch (state.status) {
    case 'running': {
      const progress = recorded(state, event);
      if (state.cancelRequested) return cancelled(progress, state.cancelReason ?? 'cancelled');
      if (state.timedOut === true) return diedOfTime(definition, progress);
      return waiting(progress, event.until, event.reason);
    }
    case 'queued':
      return waiting(progressOf(state), event.until, event.reason);
    case 'waiting':
      if (state.reason.kind === 'children')
        return ignored(state, event.type, 'it waits for its children');
      if (state.until > event.at)
        return ignored(state, event.type, `it waits until ${state.until} already`);
      return waiting(progressOf(state), event.until, event.reason);
    case 'completed':
    case 'dead':
    case 'cancelled':
      return ignored(state, event.type);
  }
}

function timedOut(definition: WorkflowDefinition, state: WorkflowState, at: number): Transition {
  const { deadline } = state;
  if (deadline === undefined) return ignored(state, 'timed-out', 'it has no deadline');
  if (deadline > at) return ignored(state, 'timed-out', `its deadline is ${deadline}`);
  switch (state.status) {
    case 'queued':
      return diedOfTime(definition, progressOf(state));
    case 'waiting':
      return diedOfTime(
        definition,
        progressOf(state),
        state.reason.kind === 'retry' ? state.reason.error : undefined,
      );
    case 'running':
      if (state.cancelRequested || state.timedOut === true)
        return ignored(state, 'timed-out', 'its phase is being ended');
      return {
        state: { ...state, timedOut: true },
        commands: [{ type: 'stop-phase', reason: 'the time of the whole workflow is over' }],
      };
    case 'completed':
    case 'dead':
    case 'cancelled':
      return ignored(state, 'timed-out');
  }
}

function diedOfTime(
  { timeoutMs = 0 }: WorkflowDefinition,
  progress: Progress,
  lastError?: FailureRecord,
): Transition {
  const last = lastError === undefined ? {} : { lastError };
  return died(progress, { kind: 'timed-out', timeoutMs, ...last });
}

function cancelRequested(state: WorkflowState, reason: string): Transition {
  switch (state.status) {
    case 'queued':
    case 'waiting':
      return cancelled(progressOf(state), reason);
    case 'running':
      if (state.cancelRequested)
        return ignored(state, 'cancel-requested', 'its cancellation is under way');
      return {
        state: { ...state, cancelRequested: true, cancelReason: reason },
        commands: [{ type: 'stop-phase', reason }],
      };
    case 'completed':
    case 'dead':
    case 'cancelled':
      return ignored(state, 'cancel-requested');
  }
}

function requeued(definition: WorkflowDefinition, state: WorkflowState, phase: string): Transition {
  if (state.status !== 'dead') return ignored(state, 'requeued');
  if (!definition.phases.some(({ name }) => name === phase))
    return unknownPhase(definition, state, phase);
  // With all the time that it has from its next start.
  const { deadline: _deadline, ...progress } = withoutChildren(progressOf(state));
  return queued(
    {
      ...progress,
      phase,
      visits: { [phase]: 1 },
      attempts: 0,
      recoveries: 0,
      requeues: (progress.requeues ?? 0) + 1,
    },
    'requeued',
  );
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
  const visit = (visits[phase] ?? 0) + 1;
  const afresh = { phase, visits: { ...visits, [phase]: visit }, attempts: 0 };
  return queued({ ...withoutChildren(progress), ...afresh }, reason);
}

function unknownPhase(
  definition: WorkflowDefinition,
  state: WorkflowState,
  phase: string,
): Transition {
  const known = definition.phases.map(({ name }) => name).join(', ');
  const reason = `"${definition.name}" has no phase "${phase}"; it has ${known}`;
  return { state, commands: [{ type: 'ignore', reason }] };
}

function withAttemptBack(progress: Progress): Progress {
  return { ...progress, attempts: progress.attempts - 1 };
}
