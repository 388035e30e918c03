import {
  transition,
  type WorkflowCommand,
  type WorkflowDefinition,
  type WorkflowEvent,
  type WorkflowState,
} from '@chimera/workflow';
import { claimColumns, notClaimable } from './claim-keys.ts';
import { eventData } from './event-data.ts';
import type { ClaimColumns } from './statements.ts';
import type { AddedData } from './stored-json.ts';
import type { StoreContext } from './store-context.ts';
import { moved, movingColumns, readWorkflow, type StoredWorkflow } from './stored-workflow.ts';
import type { AttemptEvidence, Lease } from './workflow-record.ts';
import type { Applied } from './workflow-store.ts';

export function loadWorkflow(
  { path, recent, sql }: StoreContext,
  id: string,
): StoredWorkflow | undefined {
  return recent.get(id) ?? readWorkflow(sql, path, id);
}

/** Applies an event and writes what comes of it: state and event log. */
export function advance(
  context: StoreContext,
  definition: WorkflowDefinition,
  before: StoredWorkflow,
  event: WorkflowEvent,
  { evidence, lease }: { readonly lease?: Lease; readonly evidence?: AttemptEvidence } = {},
): Applied {
  const { state, commands } = transition(definition, before.record.state, event);
  if (isIgnored(commands)) return { record: before.record, commands };
  const { eventNumbers, recent, sql, tally } = context;
  const seq = eventNumbers.next();
  const after = moved(before, state, event, seq, lease);
  const { record } = after;
  const columns = movingColumns(after, claimColumnsAt(context, after, event.at));
  sql.moveWorkflow.run(Object.assign(columns, { key: after.key }));
  sql.insertEvent.run({
    seq,
    workflow_key: after.key,
    previous: before.lastEvent,
    at: event.at,
    type: event.type,
    data: JSON.stringify(eventData(definition, before.record, event, record)),
    added: addedBy(before.record.state, state),
    evidence: evidence === undefined ? null : JSON.stringify(evidence),
  });
  tally.move(before.record.state.status, state.status);
  if (record.finishedAt === undefined) recent.keep(after);
  else recent.forget(record.id);
  return { record, commands };
}

export function isIgnored(commands: readonly WorkflowCommand[]): boolean {
  return commands[0]?.type === 'ignore';
}

/** Where a workflow stands in the order of the claim, if it can be claimed at `now`. */
export function claimColumnsAt(
  { claimKeys }: StoreContext,
  { record, queuedAt }: Omit<StoredWorkflow, 'key'>,
  now: number,
): ClaimColumns {
  if (record.state.status !== 'queued' || record.runAt > now) return notClaimable;
  const { priority, estimateMs } = record;
  const estimate = estimateMs === undefined ? {} : { estimateMs };
  return claimColumns(claimKeys({ priority, queuedAt, ...estimate }));
}

/** The machine's lists only grow: what is new in them is all that there is to keep. */
function addedBy(before: WorkflowState, after: WorkflowState): string | null {
  const artifacts = after.artifacts.slice(before.artifacts.length);
  const feedback = after.feedback.slice(before.feedback.length);
  if (artifacts.length === 0 && feedback.length === 0) return null;
  const added: AddedData = {
    ...(artifacts.length === 0 ? {} : { artifacts }),
    ...(feedback.length === 0 ? {} : { feedback }),
  };
  return JSON.stringify(added);
}
