import {
  transition,
  type WorkflowCommand,
  type WorkflowDefinition,
  type WorkflowEvent,
} from '@chimera/workflow';
import type { StoreContext } from './store-context.ts';
import { moved, movingColumns, type StoredWorkflow } from './stored-workflow.ts';
import type { PayloadKind } from './tables.ts';
import type { Lease, WorkflowRecord } from './workflow-record.ts';
import type { Applied } from './workflow-store.ts';

/** Applies an event and writes what comes of it: state, payloads, event log. */
export function advance(
  context: StoreContext,
  definition: WorkflowDefinition,
  before: StoredWorkflow,
  event: WorkflowEvent,
  newLease?: Lease,
): Applied {
  const { state, commands } = transition(definition, before.record.state, event);
  if (isIgnored(commands)) return { record: before.record, commands };
  const after = moved(before, state, event, newLease);
  const { sql } = context;
  sql.moveWorkflow.run(movingColumns(after, claimKeyAt(context, after, event.at)));
  writeChanged(context, 'artifact', before.record, after.record);
  writeChanged(context, 'feedback', before.record, after.record);
  sql.insertEvent.run({
    workflow_id: after.record.id,
    at: event.at,
    type: event.type,
    data: JSON.stringify(eventData(event, before.record, after)),
  });
  return { record: after.record, commands };
}

export function isIgnored(commands: readonly WorkflowCommand[]): boolean {
  return commands.some(({ type }) => type === 'ignore');
}

/** The key of a workflow that can be claimed at `now`; null for one that cannot. */
export function claimKeyAt(
  { claimKey }: StoreContext,
  { record, queuedAt }: StoredWorkflow,
  now: number,
): number | null {
  if (record.state.status !== 'queued' || record.runAt > now) return null;
  const { priority, estimateMs } = record;
  return claimKey({ priority, queuedAt, ...(estimateMs === undefined ? {} : { estimateMs }) });
}

/** Lists of payloads only grow, so mostly one row is written; what a transition replaced is replaced. */
function writeChanged(
  { sql }: StoreContext,
  kind: Exclude<PayloadKind, 'input'>,
  before: WorkflowRecord,
  after: WorkflowRecord,
): void {
  const list = kind === 'artifact' ? 'artifacts' : 'feedback';
  const from: readonly unknown[] = before.state[list];
  const to: readonly unknown[] = after.state[list];
  if (from === to) return;
  let position = 0;
  while (position < from.length && from[position] === to[position]) position += 1;
  const workflow_id = after.id;
  if (position < from.length) sql.deletePayloads.run({ workflow_id, kind, position });
  for (; position < to.length; position += 1)
    sql.insertPayload.run({ workflow_id, kind, position, body: JSON.stringify(to[position]) });
}

function eventData(
  event: WorkflowEvent,
  before: WorkflowRecord,
  { record, token }: StoredWorkflow,
): object {
  const { type: _type, at: _at, ...fields } = event;
  if ('output' in fields) delete (fields as { output?: unknown }).output;
  const { status, phase } = record.state;
  return {
    phase: before.state.phase,
    ...fields,
    status,
    ...(phase === before.state.phase ? {} : { nextPhase: phase }),
    ...(token === 0 ? {} : { token }),
  };
}
