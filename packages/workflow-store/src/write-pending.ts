import { claimColumns, claimTask, type ClaimKeysOf, notClaimable } from './claim-keys.ts';
import type { PendingWorkflow, WritePending } from './pending-rows.ts';
import type { ClaimColumns, WriteStatements } from './statements.ts';
import { movingColumns, type StoredWorkflow } from './stored-workflow.ts';

/** Each workflow's row once, new ones with their input; then all events in their order. */
export function writingPending(sql: WriteStatements, claimKeys: ClaimKeysOf): WritePending {
  return ({ events, keys, workflows }) => {
    for (const workflow of workflows) {
      const columns = movingColumns(workflow.now, claimColumnsOf(claimKeys, workflow));
      write(sql, workflow, columns);
    }
    for (const event of events) sql.insertEvent.run(event);
    for (const key of keys) sql.insertIdempotencyKey.run(key);
  };
}

function write(
  sql: WriteStatements,
  { input, now, onDisk }: PendingWorkflow,
  columns: ReturnType<typeof movingColumns>,
): void {
  const { key, record } = now;
  if (onDisk !== undefined) {
    if (runsOn(onDisk, now)) sql.runOn.run(Object.assign(columns, { key }));
    else sql.moveWorkflow.run(Object.assign(columns, { key }));
    return;
  }
  const { createdAt, definition, definitionHash, estimateMs, id, labels, priority } = record;
  const fixed = {
    key,
    id,
    definition_name: definition,
    definition_hash: definitionHash,
    priority,
    estimate_ms: estimateMs ?? null,
    labels: labels === undefined ? null : JSON.stringify(labels),
    created_at: createdAt,
  };
  sql.insertWorkflow.run(Object.assign(columns, fixed));
  if (input !== undefined) sql.insertInput.run({ workflow_key: key, body: input });
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
