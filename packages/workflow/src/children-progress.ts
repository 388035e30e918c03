import type { Join } from './definition.ts';
import type { ChildrenProgress, Progress } from './state.ts';

/** Whether a join is decided: it is once all children have started, and enough of them completed or all ended and too few did. */
export type JoinVerdict = 'open' | 'satisfied' | 'failed';

export function joinVerdict(join: Join, children: ChildrenProgress): JoinVerdict {
  if (children.started !== undefined) return 'open';
  if (children.completed.length >= childrenNeeded(join, children.count)) return 'satisfied';
  return pendingChildren(children) === 0 ? 'failed' : 'open';
}

/** How many of a phase's children have to complete. */
export function childrenNeeded(join: Join, count: number): number {
  if (join === 'all') return count;
  return join === 'any' ? 1 : join.atLeast;
}

export function pendingChildren({ completed, count, failed }: ChildrenProgress): number {
  return count - completed.length - failed.length;
}

/**
 * Names the visit of a phase that children belong to, once in the life of their parent: visits are
 * counted afresh after each time that it came back from the dead letter queue.
 */
export function forkOf({
  phase,
  requeues = 0,
  visits,
}: Pick<Progress, 'phase' | 'requeues' | 'visits'>): string {
  return `${requeues}:${phase}:${visits[phase] ?? 1}`;
}

/**
 * A child has ended, or, with `pending`, come back from the dead letter queue. Undefined when that
 * changes nothing: a child that has completed counts once, and for good.
 */
export function counted(
  { completed, count, decided, failed, ...starting }: ChildrenProgress,
  index: number,
  outcome: 'completed' | 'failed' | 'pending',
): ChildrenProgress | undefined {
  const before = failed.includes(index) ? 'failed' : 'pending';
  if (completed.includes(index) || before === outcome || index < 0) return undefined;
  if (index >= (starting.started ?? count)) return undefined;
  const others = failed.filter((other) => other !== index);
  return {
    count,
    completed: outcome === 'completed' ? inOrder(completed, index) : completed,
    failed: outcome === 'failed' ? inOrder(others, index) : others,
    decided,
    ...starting,
  };
}

function inOrder(indexes: readonly number[], index: number): readonly number[] {
  return [...indexes, index].sort((left, right) => left - right);
}
