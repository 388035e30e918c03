import {
  transition,
  type WorkflowCommand,
  type WorkflowDefinition,
  type WorkflowEvent,
} from '@chimera/workflow';
import { claimColumns, notClaimable } from './claim-keys.ts';
import { eventData } from './event-data.ts';
import type { ClaimColumns } from './statements.ts';
import type { StoreContext } from './store-context.ts';
import { moved, movingColumns, readWorkflow, type StoredWorkflow } from './stored-workflow.ts';
import type { PayloadKind } from './tables.ts';
import type { AttemptEvidence, Lease } from './workflow-record.ts';
import type { Applied } from './workflow-store.ts';

export function loadWorkflow(
  { path, recent, sql }: StoreContext,
  id: string,
): StoredWorkflow | undefined {
  return recent.get(id) ?? readWorkflow(sql, path, id);
}

/** Applies an event and writes what comes of it: state, payloads, event log. */
export function advance(
  context: StoreContext,
  definition: WorkflowDefinition,
  before: StoredWorkflow,
  event: WorkflowEvent,
  { evidence, lease }: { readonly lease?: Lease; readonly evidence?: AttemptEvidence } = {},
): Applied {
  const { state, commands } = transition(definition, before.record.state, event);
  if (isIgnored(commands)) return { record: before.record, commands };
  const after = moved(before, state, event, lease);
  const { record } = after;
  const { recent, sql } = context;
  const columns = movingColumns(after, claimColumnsAt(context, after, event.at));
  sql.moveWorkflow.run(Object.assign(columns, { key: after.key }));
  writeChanged(context, 'artifact', after.key, before.record.state.artifacts, state.artifacts);
  writeChanged(context, 'feedback', after.key, before.record.state.feedback, state.feedback);
  sql.insertEvent.run({
    workflow_key: after.key,
    at: event.at,
    type: event.type,
    data: JSON.stringify(eventData(definition, before.record, event, record)),
    evidence: evidence === undefined ? null : JSON.stringify(evidence),
  });
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

/** Lists of payloads only grow, so mostly one row is written; what a transition replaced is replaced. */
function writeChanged(
  { sql }: StoreContext,
  kind: PayloadKind,
  workflow_key: number,
  before: readonly unknown[],
  after: readonly unknown[],
): void {
  if (before === after) return;
  let position = 0;
  while (position < before.length && before[position] === after[position]) position += 1;
  if (position < before.length) sql.deletePayloads.run({ workflow_key, kind, position });
  for (; position < after.length; position += 1)
    sql.insertPayload.run({ workflow_key, kind, position, body: JSON.stringify(after[position]) });
}
