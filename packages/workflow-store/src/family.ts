import { forkOf, type WorkflowEvent } from '@chimera/workflow';
import { advance, isIgnored, loadWorkflow } from './advance.ts';
import { phaseOf } from './event-data.ts';
import type { StoreContext } from './store-context.ts';
import { StoreError } from './store-error.ts';
import type { StoredWorkflow } from './stored-workflow.ts';
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
  { commands, record }: Pick<Applied, 'commands' | 'record'>,
  children: readonly NewWorkflow[],
): readonly WorkflowRecord[] {
  if (isIgnored(commands)) return [];
  const { at } = event;
  const started = record.state.children === undefined ? [] : start(context, record, children);
  const stopped = commands.flatMap((command) =>
    command.type === 'stop-children' ? stop(context, record.id, command.fork, at) : [],
  );
  return [...started, ...stopped, ...tellParent(context, record, event)];
}

function start(
  context: StoreContext,
  { definitionHash, id, state }: WorkflowRecord,
  children: readonly NewWorkflow[],
): readonly WorkflowRecord[] {
  const fork = forkOf(state);
  const { maxParallel } =
    phaseOf(context.definitions.of(id, definitionHash), state.phase).children ?? {};
  const limit = maxParallel === undefined ? {} : { maxParallel };
  return children.map(
    (child, index) => insertWorkflow(context, child, { id, fork, index, ...limit }).record,
  );
}

/** Those that run end once their processes are gone, all others at once, and theirs with them. */
function stop(
  context: StoreContext,
  parentId: string,
  fork: string,
  at: number,
): readonly WorkflowRecord[] {
  context.pending.flush();
  const reason = 'its parent does not wait for it any more';
  return context.sql.unfinishedChildren
    .all({ parent_id: parentId, parent_fork: fork })
    .flatMap(({ id }) => {
      const child = relative(context, id);
      if (child === undefined) return [];
      const { commands, record } = moveRelative(context, child, {
        type: 'cancel-requested',
        at,
        reason,
      });
      if (isIgnored(commands)) return [];
      const own = commands.flatMap((command) =>
        command.type === 'stop-children' ? stop(context, id, command.fork, at) : [],
      );
      return [record, ...own];
    });
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
    command.type === 'stop-children' ? stop(context, id, command.fork, at) : [],
  );
  return [record, ...siblings];
}

const outcomes: Readonly<Partial<Record<string, 'completed' | 'failed'>>> = {
  completed: 'completed',
  dead: 'failed',
  cancelled: 'failed',
};

function moveRelative(
  context: StoreContext,
  before: StoredWorkflow,
  event: WorkflowEvent,
): Pick<Applied, 'commands' | 'record'> {
  const { definitionHash, id } = before.record;
  return advance(context, context.definitions.of(id, definitionHash), before, event);
}

/** One that cannot be read keeps nobody else from their end; one that is gone needs to know nothing. */
function relative(context: StoreContext, id: string): StoredWorkflow | undefined {
  try {
    return loadWorkflow(context, id);
  } catch (error) {
    if (!(error instanceof StoreError && error.code === 'ROW_CORRUPT')) throw error;
    context.onCorruptRow(error);
    return undefined;
  }
}
