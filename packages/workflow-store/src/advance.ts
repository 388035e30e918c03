import {
  transition,
  type WorkflowCommand,
  type WorkflowDefinition,
  type WorkflowEvent,
  type WorkflowState,
} from '@chimera/workflow';
import { moveInFront } from './candidates.ts';
import { eventData } from './event-data.ts';
import type { AddedData } from './stored-json.ts';
import { moveLimits } from './limit-moves.ts';
import type { StoreContext } from './store-context.ts';
import { isPending, moved, readWorkflow, type StoredWorkflow } from './stored-workflow.ts';
import type { AttemptEvidence, Lease, WorkflowRecord } from './workflow-record.ts';
import type { Applied } from './workflow-store.ts';

export function loadWorkflow(context: StoreContext, id: string): StoredWorkflow | undefined {
  // What is in the first is the newest in the second, too, which has up to seven places to look at.
  return context.recent.get(id) ?? context.pending.get(id) ?? readWorkflow(context, id);
}

/** Applies an event and keeps what comes of it, state and event, for the end of the transaction. */
export function advance(
  context: StoreContext,
  definition: WorkflowDefinition,
  before: StoredWorkflow,
  event: WorkflowEvent,
  { evidence, lease }: { readonly lease?: Lease; readonly evidence?: AttemptEvidence } = {},
): Pick<Applied, 'commands' | 'record'> {
  const { state, commands } = transition(definition, before.record.state, event);
  if (isIgnored(commands)) return { record: before.record, commands };
  const { eventNumbers, eventTexts, nextDue, pending, recent, tally } = context;
  const seq = eventNumbers.next();
  const added = addedBy(before.record.state, state);
  const after = moved(before, state, event, { number: seq, added }, lease);
  const { record } = after;
  const entry = {
    seq,
    workflow_key: after.key,
    previous: before.lastEvent,
    at: event.at,
    type: event.type,
    data: eventTexts.of(event.type, eventData(definition, before.record, event, record)),
    added,
    evidence: evidence === undefined ? null : JSON.stringify(evidence),
  };
  const isClaimable = isClaimableAt(record, event.at);
  const heldBy = moveLimits(context, definition, before.record, record, isClaimable, event.at);
  pending.put(before, after, entry, isClaimable, heldBy);
  moveInFront(context, after, isClaimable && heldBy === undefined);
  if (isPending(after) && !isClaimable) nextDue.note(record.runAt);
  tally.move(before.record.state.status, state.status);
  if (record.finishedAt === undefined) recent.keep(after);
  else recent.forget(record.id);
  return { record, commands };
}

export function isIgnored(commands: readonly WorkflowCommand[]): boolean {
  return commands[0]?.type === 'ignore';
}

/** Whether it stands in the order of the claim from `now` on; a later `runAt` puts it there in its time. */
export function isClaimableAt({ runAt, state }: WorkflowRecord, now: number): boolean {
  return state.status === 'queued' && runAt <= now;
}

/** The machine's lists only grow: what is new in them is all that there is to keep. */
function addedBy(before: WorkflowState, after: WorkflowState): string | null {
  const artifacts = newIn(before.artifacts, after.artifacts);
  const feedback = newIn(before.feedback, after.feedback);
  if (artifacts === undefined && feedback === undefined) return null;
  const added: { [Name in keyof AddedData]: AddedData[Name] | undefined } = { artifacts, feedback };
  return JSON.stringify(added);
}

function newIn<Item>(before: readonly Item[], after: readonly Item[]): readonly Item[] | undefined {
  return after.length === before.length ? undefined : after.slice(before.length);
}
