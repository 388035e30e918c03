import { createHash } from 'node:crypto';
import { integerOption, numberOption } from '@chimera/policy';
import { canonicalJson, initialState, type JsonObject } from '@chimera/workflow';
import { claimColumnsAt } from './advance.ts';
import type { Operation } from './operation.ts';
import type { StoreContext } from './store-context.ts';
import { StoreError } from './store-error.ts';
import { movingColumns, newRecord, type StoredWorkflow } from './stored-workflow.ts';
import type { NewWorkflow, Submitted } from './workflow-store.ts';

/** Throws RangeError before anything is written. */
export function submitting(
  context: StoreContext,
  workflows: readonly NewWorkflow[],
): Operation<readonly Submitted[]> {
  for (const { assumedMs, priority, estimateMs, runAt } of workflows) {
    integerOption('workflow-store', 'priority', priority, 0, 10);
    if (estimateMs !== undefined) numberOption('workflow-store', 'estimateMs', estimateMs, 0);
    if (assumedMs !== undefined) numberOption('workflow-store', 'assumedMs', assumedMs, 0);
    if (runAt !== undefined) numberOption('workflow-store', 'runAt', runAt, 0, maxInstant);
  }
  return () => ({ result: workflows.map((workflow) => submitOne(context, workflow)) });
}

const maxInstant = Number.MAX_SAFE_INTEGER;

function submitOne(context: StoreContext, workflow: NewWorkflow): Submitted {
  const { sql } = context;
  const { idempotencyKey: key } = workflow;
  if (key === undefined) return { id: insert(context, workflow).record.id, created: true };
  const body_hash = bodyHash(workflow);
  const first = sql.idempotencyKey.get({ key });
  if (first === undefined) {
    const inserted = insert(context, workflow);
    sql.insertIdempotencyKey.run({ key, workflow_key: inserted.key, body_hash });
    return { id: inserted.record.id, created: true };
  }
  if (first.body_hash === body_hash) return { id: first.id, created: false };
  throw new StoreError(
    'IDEMPOTENCY_MISMATCH',
    context.path,
    `idempotency key "${key}" belongs to workflow ${first.id}, which was submitted with other content; use a new key`,
    { workflowId: first.id },
  );
}

function insert(context: StoreContext, workflow: NewWorkflow): StoredWorkflow {
  const { eventNumbers, recent, sql, tally } = context;
  const { assumedMs, definition, estimateMs = assumedMs, labels, priority } = workflow;
  const input = JSON.stringify(workflow.input);
  insertDefinition(context, definition);
  const at = context.clock.now();
  const id = context.newId();
  const seq = eventNumbers.next();
  const runAt = Math.max(at, workflow.runAt ?? at);
  const state = initialState(definition);
  const stored = {
    record: newRecord({
      id,
      definition: definition.name,
      definitionHash: definition.hash,
      // As a reader would find it on the disk, and nobody else's to change.
      input: JSON.parse(input) as JsonObject,
      priority,
      estimateMs,
      labels: labels && { ...labels },
      state,
      runAt,
      createdAt: at,
      startedAt: undefined,
      updatedAt: at,
      finishedAt: undefined,
      lease: undefined,
    }),
    queuedAt: runAt,
    token: 0,
    lastEvent: seq,
  };
  const key = sql.insertWorkflow.insert({
    id,
    ...movingColumns(stored, claimColumnsAt(context, stored, at)),
    definition_name: definition.name,
    definition_hash: definition.hash,
    priority,
    estimate_ms: estimateMs ?? null,
    labels: labels === undefined ? null : JSON.stringify(labels),
    created_at: at,
  });
  sql.insertInput.run({ workflow_key: key, body: input });
  const data = { status: state.status, phase: state.phase, definition: definition.name, priority };
  sql.insertEvent.run({
    seq,
    workflow_key: key,
    previous: null,
    at,
    type: 'submitted',
    data: JSON.stringify(data),
    added: null,
    evidence: null,
  });
  tally.move(undefined, state.status);
  recent.keep({ key, ...stored });
  return { key, ...stored };
}

export function insertDefinition(
  { clock, definitions, sql }: StoreContext,
  definition: NewWorkflow['definition'],
): void {
  const { hash, name } = definition;
  if (definitions.isCommitted(hash)) return;
  definitions.remember(definition);
  sql.insertDefinition.run({
    hash,
    name,
    body: JSON.stringify(definition),
    created_at: clock.now(),
  });
}

function bodyHash({
  assumedMs: _assumed,
  definition,
  idempotencyKey: _key,
  ...body
}: NewWorkflow): string {
  return createHash('sha256')
    .update(canonicalJson({ ...body, definition: definition.hash }))
    .digest('hex');
}
