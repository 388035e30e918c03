import { forkOf, type WorkflowEvent } from '@chimera/workflow';
import { isIgnored } from './advance.ts';
import { phaseOf } from './event-data.ts';
import { moveRelative, relative } from './relative.ts';
import { spare, stopFork } from './stop-children.ts';
import type { StoreContext } from './store-context.ts';
import { insertWorkflow } from './submit.ts';
import type { WorkflowRecord } from './workflow-record.ts';
import type { Applied, NewWorkflow } from './workflow-store.ts';

/**
 * What an event that has been applied means for the workflow's children and its parent: all in its
 * transaction, so that no child is lost, started twice or counted twice. Returns those that moved.
 */
export function moveFamily(
  context: StoreContext,
  event: WorkflowEvent,
  before: WorkflowRecord,
  { commands, record }: Pick<Applied, 'commands' | 'record'>,
  children: readonly NewWorkflow[],
): readonly WorkflowRecord[] {
  if (isIgnored(commands)) return [];
  // Most workflows have neither.
  if (record.parent === undefined && before.state.children === undefined && children.length === 0)
    return [];
  const { at } = event;
  if (event.type === 'requeued' && record.parent !== undefined) spare(context, record.parent);
  const started = start(context, before, record, children);
  const stopped = commands.flatMap((command) =>
    command.type === 'stop-children' ? stopFork(context, record.id, command.fork, at) : [],
  );
  return [...started, ...stopped, ...tellParent(context, record, event)];
}

function start(
  context: StoreContext,
  before: WorkflowRecord,
  { definitionHash, id, state }: WorkflowRecord,
  children: readonly NewWorkflow[],
): readonly WorkflowRecord[] {
  // It was being cancelled, or ended: nobody would wait for them.
  if (state.children === undefined || children.length === 0) return [];
  const first = before.state.children?.started ?? 0;
  const fork = forkOf(state);
  const { maxParallel } =
    phaseOf(context.definitions.of(id, definitionHash), state.phase).children ?? {};
  const limit = maxParallel === undefined ? {} : { maxParallel };
  return children.map(
    (child, place) =>
      insertWorkflow(context, child, { id, fork, index: first + place, ...limit }).record,
  );
}

function tellParent(
  context: StoreContext,
  { parent, state }: WorkflowRecord,
  { at, type }: WorkflowEvent,
): readonly WorkflowRecord[] {
  if (parent === undefined) return [];
  const { fork, id, index } = parent;
  const outcome = outcomes[state.status];
  if (outcome === undefined && type !== 'requeued') return [];
  const before = relative(context, id);
  if (before === undefined) return [];
  const { commands, record } = moveRelative(
    context,
    before,
    outcome === undefined
      ? { type: 'child-requeued', at, fork, index }
      : { type: 'child-ended', at, fork, index, outcome },
  );
  if (isIgnored(commands)) return [];
  const siblings = commands.flatMap((command) =>
    command.type === 'stop-children' ? stopFork(context, id, command.fork, at) : [],
  );
  return [record, ...siblings];
}

const outcomes: Readonly<Partial<Record<string, 'completed' | 'failed'>>> = {
  completed: 'completed',
  dead: 'failed',
  cancelled: 'failed',
};
