import type { WorkflowState, WorkflowStatus } from '@chimera/workflow';
import { AlikeTexts } from './alike-texts.ts';
import { type ClaimKeysOf, claimTask } from './claim-keys.ts';
import { partsOf } from './definition-parts.ts';
import type { Definitions } from './definitions.ts';
import type { PendingWorkflow, WritePending } from './pending-rows.ts';
import type { ChangedRow, PendingStatements } from './pending-statements.ts';
import { isTerminal, movingColumns, type StoredWorkflow } from './stored-workflow.ts';
import type { InputTable } from './tables.ts';
import type { MovingRow, WorkflowRow } from './workflow-columns.ts';

const steps = ['start', 'runOn', 'end'] as const;
type Step = (typeof steps)[number];

/** Each workflow's row once, new ones with their input; then all events in their order. */
export function writingPending(
  sql: PendingStatements,
  claimKeys: ClaimKeysOf,
  definitions: Pick<Definitions, 'keyOf'>,
): WritePending {
  const texts = new AlikeTexts<WorkflowStatus>();
  return ({ events, keys, workflows }) => {
    const rows: WorkflowRow[] = [];
    const inputs: InputTable[] = [];
    const changed: PendingWorkflow[] = [];
    const alike: Record<Step, ChangedRow[]> = { start: [], runOn: [], end: [] };
    for (const workflow of workflows) {
      const { heldBy, input, now, onDisk } = workflow;
      if (deadlineBefore(workflow) !== deadlineOf(now.record.state)) changed.push(workflow);
      const columns = movingColumns(now, shortnessOf(claimKeys, workflow), heldBy, texts);
      if (onDisk !== undefined) {
        const row: ChangedRow = Object.assign(columns, { key: now.key });
        const step = stepBetween(onDisk, now);
        if (step === undefined) sql.moveWorkflow.run(row);
        else alike[step].push(row);
        continue;
      }
      rows.push(newRow(now, definitions.keyOf(now.record.definitionHash), columns));
      if (input !== undefined) inputs.push({ workflow_key: now.key, body: input });
    }
    for (const step of steps) sql[step](alike[step]);
    sql.insertWorkflows(rows);
    for (const part of partsOf(rows)) sql.keepPart.run(part);
    sql.insertInputs(inputs);
    for (const workflow of changed) keepDeadline(sql, workflow);
    sql.insertEvents(events);
    for (const key of keys) sql.insertIdempotencyKey.run(key);
  };
}

function newRow(
  { key, record }: StoredWorkflow,
  definition_key: number,
  columns: MovingRow,
): WorkflowRow {
  const { createdAt, definition, estimateMs, id, labels, parent, priority } = record;
  return Object.assign(columns, {
    key,
    id,
    definition_name: definition,
    definition_key,
    priority,
    estimate_ms: estimateMs ?? null,
    labels: labels === undefined ? null : JSON.stringify(labels),
    created_at: createdAt,
    parent_id: parent?.id ?? null,
    parent_fork: parent?.fork ?? null,
    parent_index: parent?.index ?? null,
    parent_limit: parent?.maxParallel ?? null,
  });
}

function keepDeadline(sql: PendingStatements, { now }: PendingWorkflow): void {
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

/** Of the steps that write less than all that can change, the one between these; undefined for none. */
function stepBetween(before: StoredWorkflow, after: StoredWorkflow): Step | undefined {
  if (before.queuedAt !== after.queuedAt) return undefined;
  const [from, to] = [before.record, after.record];
  const [wasRunning, isRunning] = [from.state.status === 'running', to.state.status === 'running'];
  if (wasRunning && isRunning && from.startedAt === to.startedAt) return 'runOn';
  if (from.runAt !== to.runAt || from.finishedAt !== undefined) return undefined;
  if (!wasRunning && isRunning) return 'start';
  const isOver = wasRunning && isTerminal(to.state) && before.token === after.token;
  return isOver && from.startedAt === to.startedAt ? 'end' : undefined;
}

/** Null while it is not claimable. */
function shortnessOf(
  claimKeys: ClaimKeysOf,
  { isClaimable, now: { queuedAt, record } }: PendingWorkflow,
): 0 | 1 | null {
  if (!isClaimable) return null;
  return claimKeys(claimTask(record, queuedAt)).isShort ? 1 : 0;
}
