import type { WorkflowEvent } from '@chimera/workflow';
import { isIgnored } from './advance.ts';
import type { Operation } from './operation.ts';
import { moveRelative, relative } from './relative.ts';
import type { StoreContext } from './store-context.ts';
import { StoreError } from './store-error.ts';
import { parseStored } from './stored-json.ts';
import type { StoppingForkTable } from './tables.ts';
import type { ParentLink, WorkflowRecord } from './workflow-record.ts';

/** Children that one transaction asks to stop: the event loop turns before the next are asked. */
const mostPerStep = 64;

/** What one transaction may still do. */
interface Budget {
  left: number;
}

/**
 * Asks the children of a fork to stop: those that run end once their processes are gone, all others
 * at once, and theirs with them. Of many, the rest is noted for the steps that follow; none of them
 * is claimed meanwhile.
 */
export function stopFork(
  context: StoreContext,
  parent_id: string,
  fork: string,
  at: number,
  budget: Budget = { left: mostPerStep },
): readonly WorkflowRecord[] {
  return goOn(context, { parent_id, fork, next_index: 0, spared: '[]' }, at, budget);
}

/** The next step of what is noted; returns who moved, and whether that was all. */
export function stoppingStep(
  context: StoreContext,
): Operation<{ readonly records: readonly WorkflowRecord[]; readonly isOver: boolean }> {
  return () => {
    const at = context.clock.now();
    const budget = { left: mostPerStep };
    const records: WorkflowRecord[] = [];
    while (budget.left > 0) {
      const noted = context.sql.firstStoppingFork.get({});
      if (noted === undefined) {
        context.stopping.mayBeLeft = false;
        return { result: { records, isOver: true } };
      }
      records.push(...goOn(context, noted, at, budget));
    }
    return { result: { records, isOver: false } };
  };
}

/** Whether a child that could be claimed is about to be stopped. */
export function isBeingStopped(
  { sql, stopping }: StoreContext,
  { fork, id, index }: ParentLink,
): boolean {
  if (!stopping.mayBeLeft) return false;
  const noted = sql.stoppingFork.get({ parent_id: id, fork });
  return noted !== undefined && sparedOf(noted)?.includes(index) === false;
}

/** Whoever brought a child back from the dead letter queue wants it to run, whoever waits for it. */
export function spare({ sql, stopping }: StoreContext, { fork, id, index }: ParentLink): void {
  if (!stopping.mayBeLeft) return;
  const noted = sql.stoppingFork.get({ parent_id: id, fork });
  if (noted === undefined) return;
  const spared = sparedOf(noted);
  if (spared === undefined) return;
  sql.noteStoppingFork.run({ ...noted, spared: JSON.stringify([...spared, index]) });
}

function goOn(
  context: StoreContext,
  noted: StoppingForkTable,
  at: number,
  budget: Budget,
): readonly WorkflowRecord[] {
  const { pending, sql, stopping } = context;
  const { fork, next_index, parent_id } = noted;
  const spared = sparedOf(noted);
  pending.flush();
  if (spared === undefined) return giveUp(context, noted);
  const limit = budget.left + 1;
  const found = sql.unfinishedChildren.all({ parent_id, parent_fork: fork, next_index, limit });
  const now = found.slice(0, budget.left);
  budget.left -= now.length;
  const next = found[now.length];
  if (next === undefined) sql.forgetStoppingFork.run({ parent_id, fork });
  else {
    stopping.mayBeLeft = true;
    sql.noteStoppingFork.run({ ...noted, next_index: next.parent_index ?? 0 });
  }
  const kept = new Set<number | null>(spared);
  return now
    .filter(({ parent_index }) => !kept.has(parent_index))
    .flatMap(({ id }) => stopChild(context, id, at, budget));
}

function stopChild(
  context: StoreContext,
  id: string,
  at: number,
  budget: Budget,
): readonly WorkflowRecord[] {
  const child = relative(context, id);
  if (child === undefined) return [];
  const event: WorkflowEvent = {
    type: 'cancel-requested',
    at,
    reason: 'its parent does not wait for it any more',
  };
  const { commands, record } = moveRelative(context, child, event);
  if (isIgnored(commands)) return [];
  const own = commands.flatMap((command) =>
    command.type === 'stop-children' ? stopFork(context, id, command.fork, at, budget) : [],
  );
  return [record, ...own];
}

/** Nobody can say which of its children are to run: none is stopped that was not asked yet. */
function giveUp(
  { onCorruptRow, path, sql }: StoreContext,
  { fork, parent_id, spared }: StoppingForkTable,
): readonly never[] {
  sql.forgetStoppingFork.run({ parent_id, fork });
  const problem = `what is noted of stopping the children of ${parent_id} is damaged (spared: ${spared})`;
  const remedy =
    'those that still run or wait are not stopped for it: cancel them, or let them run';
  onCorruptRow(new StoreError('ROW_CORRUPT', path, `${problem}; ${remedy}`));
  return [];
}

/** Undefined where they are damaged. */
function sparedOf({ spared }: StoppingForkTable): readonly number[] | undefined {
  const parsed = parseStored('spared', spared);
  return 'value' in parsed ? parsed.value : undefined;
}
