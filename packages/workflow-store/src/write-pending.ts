import type { WorkflowState } from '@chimera/workflow';
import { claimColumns, type ClaimKeysOf, claimTask, notClaimable } from './claim-keys.ts';
import type { PendingWorkflow, WritePending } from './pending-rows.ts';
import type { ClaimColumns, MovingRow, WorkflowRow, WriteStatements } from './statements.ts';
import { isTerminal, movingColumns, type StoredWorkflow } from './stored-workflow.ts';
import type { InputTable } from './tables.ts';

/** Each workflow's row once, new ones with their input; then all events in their order. */
export function writingPending(sql: WriteStatements, claimKeys: ClaimKeysOf): WritePending {
  return ({ events, keys, workflows }) => {
    const rows: WorkflowRow[] = [];
    const inputs: InputTable[] = [];
    const changed: PendingWorkflow[] = [];
    for (const workflow of workflows) {
      const { heldBy, input, now, onDisk } = workflow;
      if (deadlineBefore(workflow) !== deadlineOf(now.record.state)) changed.push(workflow);
      const columns = movingColumns(now, claimColumnsOf(claimKeys, workflow), heldBy);
      if (onDisk !== undefined) {
        const args = Object.assign(columns, { key: now.key });
        if (runsOn(onDisk, now)) sql.runOn.run(args);
        else sql.moveWorkflow.run(args);
        continue;
      }
      rows.push(newRow(now, columns));
      if (input !== undefined) inputs.push({ workflow_key: now.key, body: input });
    }
    sql.insertWorkflows(rows);
    sql.insertInputs(inputs);
    for (const workflow of changed) keepDeadline(sql, workflow);
    sql.insertEvents(events);
    for (const key of keys) sql.insertIdempotencyKey.run(key);
  };
}

function newRow({ key, record }: StoredWorkflow, columns: MovingRow): WorkflowRow {
  const { createdAt, definition, definitionHash, estimateMs, id, labels, parent, priority } =
    record;
  return Object.assign(columns, {
    key,
    id,
    definition_name: definition,
    definition_hash: definitionHash,
    priority,
    estimate_ms: estimateMs ?? null,
    labels: labels === undefined ? null : JSON.stringify(labels),
    created_at: createdAt,
    parent_id: parent?.id ?? null,
    parent_fork: parent?.fork ?? null,
    parent_index: parent?.index ?? null,
  });
}

function keepDeadline(sql: WriteStatements, { now }: PendingWorkflow): void {
  const at = deadlineOf(now.record.state);
  if (at === undefined) sql.dropDeadline.run({ workflow_key: now.key });
  else sql.setDeadline.run({ workflow_key: now.key, at });
}

function deadlineBefore({ onDisk }: PendingWorkflow): number | undefined {
  return onDisk && deadlineOf(onDisk.record.state);
}

/** What is being ended for its time already is not looked for again. */
function deadlineOf(state: WorkflowState): number | undefined {
  const isOver = isTerminal(state) || (state.status === 'running' && state.timedOut === true);
  return isOver ? undefined : state.deadline;
}

/** Nothing has changed but what `runOn` writes. */
function runsOn(before: StoredWorkflow, after: StoredWorkflow): boolean {
  return (
    before.record.state.status === 'running' &&
    after.record.state.status === 'running' &&
    before.record.startedAt === after.record.startedAt &&
    before.queuedAt === after.queuedAt
  );
}

function claimColumnsOf(
  claimKeys: ClaimKeysOf,
  { isClaimable, now: { queuedAt, record } }: PendingWorkflow,
): ClaimColumns {
  if (!isClaimable) return notClaimable;
  return claimColumns(claimKeys(claimTask(record, queuedAt)));
}
