import { counted, forkOf, joinVerdict, pendingChildren } from './children-progress.ts';
import type { PhaseDefinition, WorkflowDefinition } from './definition.ts';
import type {
  ChildrenProgress,
  Progress,
  Transition,
  WorkflowEvent,
  WorkflowState,
} from './state.ts';
import { ignored, progressOf, queued, to, waiting } from './steps.ts';

export function childrenStarted(
  phase: PhaseDefinition,
  state: WorkflowState,
  progress: Progress,
  { at, count, type }: Extract<WorkflowEvent, { readonly type: 'children-started' }>,
): Transition {
  if (phase.children === undefined) return ignored(state, type, 'its phase has no children');
  if (state.children !== undefined) return ignored(state, type, 'it has its children already');
  if (count < 1) return ignored(state, type, 'there are none to wait for');
  const children = { count, completed: [], failed: [], decided: false };
  return waitingFor(children, progress, at + phase.timeoutMs);
}

/** A child counts whatever its parent is at, until the join is decided: that happens once. */
export function childMoved(
  definition: WorkflowDefinition,
  state: WorkflowState,
  { fork, index, type }: Extract<WorkflowEvent, { readonly fork: string }>,
  outcome: 'completed' | 'failed' | 'pending',
): Transition {
  const join = definition.phases.find(({ name }) => name === state.phase)?.children?.join;
  if (join === undefined || state.children === undefined || fork !== forkOf(state))
    return ignored(state, type, 'it does not wait for this child');
  if (state.children.decided) return ignored(state, type, 'its join is decided');
  const moved = counted(state.children, index, outcome);
  if (moved === undefined) return ignored(state, type, 'the child has counted, or is none');
  const children = { ...moved, decided: joinVerdict(join, moved) !== 'open' };
  if (state.status !== 'waiting' || state.reason.kind !== 'children')
    return to({ ...state, children });
  const progress = progressOf(state);
  return children.decided
    ? queued({ ...progress, children }, 'children-ended')
    : waitingFor(children, progress, state.until);
}

function waitingFor(children: ChildrenProgress, progress: Progress, until: number): Transition {
  return waiting({ ...progress, children }, until, {
    kind: 'children',
    pending: pendingChildren(children),
    done: children.completed.length,
    failed: children.failed.length,
  });
}

/** Whether somebody waited for children that have not ended, and nobody does any more. */
export function letsChildrenGo(
  { children: before }: WorkflowState,
  { children }: WorkflowState,
): boolean {
  if (before === undefined || before.decided || children?.decided === false) return false;
  return pendingChildren(children ?? before) > 0;
}
