import { forkOf } from './children-progress.ts';
import { childMoved, letsChildrenGo } from './children-transition.ts';
import type { WorkflowDefinition } from './definition.ts';
import { recorded, settled } from './outcome-transition.ts';
import { phaseNamed } from './phase-named.ts';
import type { Transition, WorkflowEvent, WorkflowState } from './state.ts';
import {
  cancelled,
  diedOfTime,
  ignored,
  progressOf,
  queued,
  waiting,
  withoutChildren,
} from './steps.ts';

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
    case 'children-added':
    case 'children-started':
    case 'interrupted': {
      if (state.status !== 'running') return ignored(state, event.type);
      const phase = phaseNamed(definition, state.phase);
      if (phase === undefined) return unknownPhase(definition, state, state.phase);
      return settled(definition, phase, state, event);
    }
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
  if (phaseNamed(definition, phase) === undefined) return unknownPhase(definition, state, phase);
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

function unknownPhase(
  definition: WorkflowDefinition,
  state: WorkflowState,
  phase: string,
): Transition {
  const known = definition.phases.map(({ name }) => name).join(', ');
  const reason = `"${definition.name}" has no phase "${phase}"; it has ${known}`;
  return { state, commands: [{ type: 'ignore', reason }] };
}
