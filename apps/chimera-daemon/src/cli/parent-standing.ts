import type { ChimeraClient, WorkflowSummary } from '@chimera/client';

/** What became of the parent of a child that died. */
export interface ParentStanding {
  readonly id: string;
  readonly index: number;
  /** Undefined when it is not kept any more. */
  readonly status: WorkflowSummary['status'] | undefined;
  /** Its own open dead letter. */
  readonly letter: string | undefined;
}

type Parent = Pick<NonNullable<WorkflowSummary['parent']>, 'id' | 'index'>;

export async function parentStanding(
  client: Pick<ChimeraClient, 'deadLetters' | 'list'>,
  { id, index }: Parent,
): Promise<ParentStanding> {
  const [workflows, letters] = await Promise.all([
    client.list({ idPrefix: id, limit: 1 }),
    client.deadLetters({ status: 'open', workflow: id, limit: 1 }),
  ]);
  return { id, index, status: workflows.items[0]?.status, letter: letters.items[0]?.id };
}

/** As the state that a dead letter keeps has it. */
export function parentIn(state: unknown): Parent | undefined {
  if (typeof state !== 'object' || state === null || !('parent' in state)) return undefined;
  const { parent } = state;
  if (typeof parent !== 'object' || parent === null) return undefined;
  if (!('id' in parent && 'index' in parent)) return undefined;
  const { id, index } = parent;
  return typeof id === 'string' && typeof index === 'number' ? { id, index } : undefined;
}

/** Why it is of no use to run the child again by itself; undefined while its parent has not ended. */
export function parentEnded({ id, letter, status }: ParentStanding): string | undefined {
  if (letter !== undefined)
    return `its parent is dead and waits for no child; requeue that one: chimera dlq requeue ${letter}`;
  if (status === undefined) return undefined;
  return status === 'completed' || status === 'cancelled' || status === 'dead'
    ? `its parent ${id} is ${status} and waits for no child`
    : undefined;
}
