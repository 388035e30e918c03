import {
  childrenNeeded,
  type FailureRecord,
  forkOf,
  type Json,
  type PhaseChildren,
  type PhaseDefinition,
  planChildren,
  type PlannedChild,
} from '@chimera/workflow';
import type { NewWorkflow, WorkflowRecord, WorkflowStore } from '@chimera/workflow-store';
import type { Outcome } from './outcome.ts';

/** Children that are submitted in one transaction: more would hold up the event loop. */
const mostPerStep = 64;

export interface ChildrenDeps {
  readonly store: Pick<WorkflowStore, 'children'>;
  /** Undefined when there is no such definition any more. */
  readonly newChild: (planned: PlannedChild, parent: WorkflowRecord) => NewWorkflow | undefined;
}

/**
 * What a phase with children comes to when it is claimed: first its children are started, many of
 * them in steps, going on where a crash has stopped it; once their join is decided, or their time
 * is over, what they left is the phase's output. A join that cannot be satisfied is a verdict on
 * the work, as a review's is.
 */
export async function childrenOutcome(
  record: WorkflowRecord,
  phase: PhaseDefinition,
  children: PhaseChildren,
  at: number,
  { newChild, store }: ChildrenDeps,
): Promise<Outcome> {
  const { state } = record;
  if (state.children === undefined || state.children.started !== undefined)
    return started(record, phase, children, at, newChild);
  const { completed, count, decided, failed } = state.children;
  const ended = await store.children(record.id, forkOf(state));
  const output = ended.map(outputOf);
  const needed = childrenNeeded(children.join, count);
  if (completed.length >= needed) return { event: { type: 'phase-succeeded', at, output } };
  const what = `${completed.length} of ${count} children completed, ${needed} had to`;
  const lost = lostWords(failed, ended);
  const reason = decided
    ? `${what}: ${lost}`
    : `${what} within ${phase.timeoutMs} ms: ${lost}, ${count - completed.length - failed.length} were still under way`;
  return { event: { type: 'phase-rejected', at, reason, output } };
}

/** The machine counts a cancelled child among the failed. */
function lostWords(failed: readonly number[], ended: readonly WorkflowRecord[]): string {
  const isCancelled = ({ parent, state }: WorkflowRecord) =>
    state.status === 'cancelled' && failed.includes(parent?.index ?? -1);
  const cancelled = ended.filter(isCancelled).length;
  const died = `${failed.length - cancelled} failed`;
  return cancelled === 0 ? died : `${died}, ${cancelled} cancelled`;
}

function started(
  record: WorkflowRecord,
  phase: PhaseDefinition,
  children: PhaseChildren,
  at: number,
  newChild: ChildrenDeps['newChild'],
): Outcome {
  const { input, state } = record;
  const plan = planChildren(phase, children, { input, artifacts: state.artifacts });
  if ('error' in plan) return failed(plan.error, at);
  const total = plan.children.length;
  if (total === 0) return { event: { type: 'phase-succeeded', at, output: [] } };
  const first = state.children?.started ?? 0;
  const submitted: NewWorkflow[] = [];
  for (const planned of plan.children.slice(first)) {
    const child = newChild(planned, record);
    if (child === undefined)
      return failed(
        {
          code: 'UNKNOWN_DEFINITION',
          message: `phase "${phase.name}" starts "${planned.workflow}", which is not a known definition; list its file under workflows, then requeue`,
          retryable: false,
        },
        at,
      );
    submitted.push(child);
  }
  if (submitted.length <= mostPerStep)
    return { event: { type: 'children-started', at, count: total }, children: submitted };
  return {
    event: { type: 'children-added', at, count: mostPerStep, total },
    children: submitted.slice(0, mostPerStep),
  };
}

/** The output of a child is that of the phase that it completed with. */
function outputOf({ definition, id, state }: WorkflowRecord): Json {
  const output = state.status === 'completed' ? (state.artifacts.at(-1)?.output ?? null) : null;
  return { workflowId: id, definition, status: state.status, output };
}

function failed(error: FailureRecord, at: number): Outcome {
  return { event: { type: 'phase-failed', at, error, retryAt: undefined } };
}
