import { counted, forkOf, joinVerdict, pendingChildren } from './children-progress.ts';
import type { Join, PhaseDefinition, WorkflowDefinition } from './definition.ts';
import { phaseNamed } from './phase-named.ts';
import type {
  ChildrenProgress,
  Progress,
  Transition,
  WorkflowEvent,
  WorkflowState,
} from './state.ts';
import { ignored, progressOf, queued, to, waiting } from './steps.ts';

export function childrenAdded(
  phase: PhaseDefinition,
  state: WorkflowState,
  progress: Progress,
  { count, total, type }: Extract<WorkflowEvent, { readonly type: 'children-added' }>,
): Transition {
  if (phase.children === undefined) return ignored(state, type, 'its phase has no children');
  const before = state.children ?? { ...noneOf(total), started: 0 };
  if (before.started === undefined) return ignored(state, type, 'it has its children already');
  const started = before.started + count;
  if (before.count !== total || count < 1 || started >= total)
    return ignored(state, type, `it has ${before.started} of ${before.count}`);
  return to({ ...state, ...progress, children: { ...before, started } });
}

export function childrenStarted(
  phase: PhaseDefinition,
  state: WorkflowState,
  progress: Progress,
  { at, count, type }: Extract<WorkflowEvent, { readonly type: 'children-started' }>,
): Transition {
  if (phase.children === undefined) return ignored(state, type, 'its phase has no children');
  const { started, ...before } = state.children ?? { ...noneOf(count), started: 0 };
  if (started === undefined) return ignored(state, type, 'it has its children already');
  if (count < 1) return ignored(state, type, 'there are none to wait for');
  if (before.count !== count) return ignored(state, type, `it has ${started} of ${before.count}`);
  return joinOrWait(phase.children.join, before, progress, at + phase.timeoutMs);
}

function noneOf(count: number): ChildrenProgress {
  return { count, completed: [], failed: [], decided: false };
}

/** A child counts whatever its parent is at, until the join is decided: that happens once. */
export function childMoved(
  definition: WorkflowDefinition,
  state: WorkflowState,
  { fork, index, type }: Extract<WorkflowEvent, { readonly fork: string }>,
  outcome: 'completed' | 'failed' | 'pending',
): Transition {
  const join = phaseNamed(definition, state.phase)?.children?.join;
  if (join === undefined || state.children === undefined || fork !== forkOf(state))
    return ignored(state, type, 'it does not wait for this child');
  if (state.children.decided) return ignored(state, type, 'its join is decided');
  const moved = counted(state.children, index, outcome);
  if (moved === undefined) return ignored(state, type, 'the child has counted, or is none');
  if (state.status === 'waiting' && state.reason.kind === 'children')
    return joinOrWait(join, moved, progressOf(state), state.until);
  return to({ ...state, children: { ...moved, decided: joinVerdict(join, moved) !== 'open' } });
}

function joinOrWait(
  join: Join,
  moved: ChildrenProgress,
  progress: Progress,
  until: number,
): Transition {
  const children = { ...moved, decided: joinVerdict(join, moved) !== 'open' };
  if (children.decided) return queued({ ...progress, children }, 'children-ended');
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
