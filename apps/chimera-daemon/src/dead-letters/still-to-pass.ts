import type { DeadLetter } from '@chimera/dead-letter-queue';
import type { WorkflowRecord, WorkflowStore } from '@chimera/workflow-store';

/**
 * Those of the dead letters `ids` whose workflows, requeued since, have neither passed the phase
 * that they died in nor ended: parked, queued, running, or about to be retried.
 */
export async function stillToPass(
  ids: readonly string[],
  requeued: ReadonlyMap<string, Pick<DeadLetter, 'taskId' | 'phase'>>,
  store: Pick<WorkflowStore, 'get'>,
): Promise<readonly string[]> {
  const found: string[] = [];
  for (const id of ids) {
    const letter = requeued.get(id);
    const workflow = letter && (await store.get(letter.taskId));
    if (workflow !== undefined && isStillIn(letter?.phase, workflow)) found.push(id);
  }
  return found;
}

/** A requeue counts visits afresh: a second one of the phase is rework, after it was passed. */
function isStillIn(phase: string | undefined, { state }: WorkflowRecord): boolean {
  const isOver = ['completed', 'dead', 'cancelled'].includes(state.status);
  return !isOver && state.phase === phase && (state.visits[phase] ?? 1) <= 1;
}
