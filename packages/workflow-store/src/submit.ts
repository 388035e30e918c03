import { createHash } from 'node:crypto';
import { integerOption, numberOption } from '@chimera/policy';
import { canonicalJson, initialState } from '@chimera/workflow';
import { claimKeyAt } from './advance.ts';
import type { Operation } from './operation.ts';
import type { StoreContext } from './store-context.ts';
import { StoreError } from './store-error.ts';
import { movingColumns } from './stored-workflow.ts';
import type { NewWorkflow, Submitted } from './workflow-store.ts';

/** Throws RangeError before anything is written. */
export function submitting(
  context: StoreContext,
  workflows: readonly NewWorkflow[],
): Operation<readonly Submitted[]> {
  for (const { priority, estimateMs, runAt } of workflows) {
    integerOption('workflow-store', 'priority', priority, 0, 10);
    if (estimateMs !== undefined) numberOption('workflow-store', 'estimateMs', estimateMs, 0);
    if (runAt !== undefined) numberOption('workflow-store', 'runAt', runAt, 0, maxInstant);
  }
  return () => ({ result: workflows.map((workflow) => submitOne(context, workflow)) });
}

const maxInstant = Number.MAX_SAFE_INTEGER;

function submitOne(context: StoreContext, workflow: NewWorkflow): Submitted {
  const { sql } = context;
  const { idempotencyKey: key } = workflow;
  if (key === undefined) return { id: insert(context, workflow), created: true };
  const body_hash = bodyHash(workflow);
  const first = sql.idempotencyKey.get({ key });
  if (first === undefined) {
    const id = insert(context, workflow);
    sql.insertIdempotencyKey.run({ key, workflow_id: id, body_hash });
    return { id, created: true };
  }
  if (first.body_hash === body_hash) return { id: first.workflow_id, created: false };
  throw new StoreError(
    'IDEMPOTENCY_MISMATCH',
    context.path,
    `idempotency key "${key}" belongs to workflow ${first.workflow_id}, which was submitted with other content; use a new key`,
    { workflowId: first.workflow_id },
  );
}

function insert(context: StoreContext, workflow: NewWorkflow): string {
  const { sql } = context;
  const { definition, estimateMs, input, labels, priority } = workflow;
  if (context.definitions.get(definition.hash) === undefined) insertDefinition(context, definition);
  const at = context.clock.now();
  const id = context.newId();
  const runAt = Math.max(at, workflow.runAt ?? at);
  const state = initialState(definition);
  const stored = {
    record: {
      id,
      definition: definition.name,
      definitionHash: definition.hash,
      input,
      priority,
      ...(estimateMs === undefined ? {} : { estimateMs }),
      state,
      runAt,
      createdAt: at,
      updatedAt: at,
    },
    queuedAt: runAt,
    token: 0,
  };
  sql.insertWorkflow.run({
    ...movingColumns(stored, claimKeyAt(context, stored, at)),
    definition_name: definition.name,
    definition_hash: definition.hash,
    priority,
    estimate_ms: estimateMs ?? null,
    labels: labels === undefined ? null : JSON.stringify(labels),
    created_at: at,
  });
  sql.insertPayload.run({
    workflow_id: id,
    kind: 'input',
    position: 0,
    body: JSON.stringify(input),
  });
  const data = { status: state.status, phase: state.phase, definition: definition.name, priority };
  sql.insertEvent.run({ workflow_id: id, at, type: 'submitted', data: JSON.stringify(data) });
  return id;
}

export function insertDefinition(
  { clock, sql }: StoreContext,
  definition: NewWorkflow['definition'],
): void {
  const { hash, name } = definition;
  sql.insertDefinition.run({
    hash,
    name,
    body: JSON.stringify(definition),
    created_at: clock.now(),
  });
}

function bodyHash({ definition, idempotencyKey: _key, ...body }: NewWorkflow): string {
  return createHash('sha256')
    .update(canonicalJson({ ...body, definition: definition.hash }))
    .digest('hex');
}
