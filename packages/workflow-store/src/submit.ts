import { createHash } from 'node:crypto';
import { integerOption, numberOption, refuseOption } from '@chimera/policy';
import { canonicalJson, initialState, type JsonObject } from '@chimera/workflow';
import { isClaimableAt } from './advance.ts';
import { moveInFront } from './candidates.ts';
import { highestPriority } from './claim-keys.ts';
import { jsonCopy } from './json-copy.ts';
import { moveLimits } from './limit-moves.ts';
import type { Operation } from './operation.ts';
import type { StoreContext } from './store-context.ts';
import { StoreError } from './store-error.ts';
import { newRecord, type StoredWorkflow } from './stored-workflow.ts';
import type { ParentLink } from './workflow-record.ts';
import type { NewWorkflow, Submitted } from './workflow-store.ts';

/** Throws RangeError before anything is written. */
export function submitting(
  context: StoreContext,
  workflows: readonly NewWorkflow[],
): Operation<readonly Submitted[]> {
  checkNew(workflows);
  return () => ({ result: workflows.map((workflow) => submitOne(context, workflow)) });
}

/** @throws RangeError */
export function checkNew(workflows: readonly NewWorkflow[]): void {
  for (const workflow of workflows) {
    const { assumedMs, idempotencyKey, labels, priority, estimateMs, runAt } = workflow;
    checkInput(workflow.input);
    integerOption('workflow-store', 'priority', priority, 0, highestPriority);
    if (estimateMs !== undefined) numberOption('workflow-store', 'estimateMs', estimateMs, 0);
    if (assumedMs !== undefined) numberOption('workflow-store', 'assumedMs', assumedMs, 0);
    if (runAt !== undefined) numberOption('workflow-store', 'runAt', runAt, 0, maxInstant);
    // The disk has one character for all halves of a pair: different keys would be the same.
    if (idempotencyKey?.isWellFormed() === false)
      refuseOption('workflow-store', 'idempotencyKey', 'well-formed Unicode', idempotencyKey);
    if (labels !== undefined) checkLabels(labels);
  }
}

/** @throws RangeError */
export function checkInput(input: JsonObject): void {
  if (typeof input !== 'object' || input === null || Array.isArray(input))
    refuseOption('workflow-store', 'input', 'an object', input);
}

/** A row with another label could not be read again; and keys of limits, made of them, are told apart on the disk. */
function checkLabels(labels: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(labels))
    if (typeof value !== 'string' || !value.isWellFormed())
      refuseOption('workflow-store', `labels.${name}`, 'a text of well-formed Unicode', value);
}

const maxInstant = Number.MAX_SAFE_INTEGER;

function submitOne(context: StoreContext, workflow: NewWorkflow): Submitted {
  const { definitions, pending, sql } = context;
  const { definition, idempotencyKey: key } = workflow;
  if (key === undefined) return { id: insertWorkflow(context, workflow).record.id, created: true };
  const body_hash = bodyHash(workflow, definition.hash);
  const first = pending.key(key) ?? sql.idempotencyKey.get({ key });
  if (first === undefined) {
    const { key: workflow_key, record } = insertWorkflow(context, workflow);
    pending.putKey({ key, workflow_key, body_hash, id: record.id });
    return { id: record.id, created: true };
  }
  // Who sends it again names the same definition, however that has changed in the meantime.
  const isVersion = (hash: string) => bodyHash(workflow, hash) === first.body_hash;
  if (first.body_hash === body_hash || definitions.hashesOf(definition.name).some(isVersion))
    return { id: first.id, created: false };
  throw new StoreError(
    'IDEMPOTENCY_MISMATCH',
    context.path,
    `idempotency key "${key}" belongs to workflow ${first.id}, which was submitted with other content; use a new key`,
    { workflowId: first.id },
  );
}

export function insertWorkflow(
  context: StoreContext,
  workflow: NewWorkflow,
  parent?: ParentLink,
): StoredWorkflow {
  const { eventNumbers, eventTexts, nextDue, pending, recent, tally, workflowKeys } = context;
  const { assumedMs, definition, estimateMs = assumedMs, priority, traceparent } = workflow;
  const labels = traceparent === undefined ? workflow.labels : { ...workflow.labels, traceparent };
  const input = JSON.stringify(workflow.input);
  insertDefinition(context, definition);
  const at = context.clock.now();
  const id = context.newIds.next();
  const seq = eventNumbers.next();
  const runAt = Math.max(at, workflow.runAt ?? at);
  const state = initialState(definition);
  const stored: StoredWorkflow = {
    key: workflowKeys.next(),
    record: newRecord({
      id,
      definition: definition.name,
      definitionHash: definition.hash,
      // As a reader would find it on the disk, and nobody else's to change.
      input: jsonCopy(workflow.input) as JsonObject,
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
      parent,
    }),
    queuedAt: runAt,
    token: 0,
    lastEvent: seq,
    characters: input.length,
  };
  const data = {
    status: state.status,
    phase: state.phase,
    definition: definition.name,
    priority,
    ...(runAt > at ? { runAt } : {}),
    ...(parent === undefined ? {} : { parent }),
  };
  const event = {
    seq,
    workflow_key: stored.key,
    previous: null,
    at,
    type: 'submitted',
    data: eventTexts.of('submitted', data),
    added: null,
    evidence: null,
  };
  const isClaimable = isClaimableAt(stored.record, at);
  const heldBy = moveLimits(context, definition, undefined, stored.record, isClaimable, at);
  pending.put(undefined, stored, event, isClaimable, heldBy, input);
  moveInFront(context, stored, isClaimable && heldBy === undefined);
  if (!isClaimable) nextDue.note(runAt);
  tally.move(undefined, state.status);
  recent.keepNew(stored);
  return stored;
}

export function insertDefinition(
  { clock, definitions, sql }: StoreContext,
  definition: NewWorkflow['definition'],
): void {
  const { hash, name } = definition;
  if (definitions.isCommitted(hash)) return;
  sql.insertDefinition.run({
    key: definitions.remember(definition),
    hash,
    name,
    body: JSON.stringify(definition),
    created_at: clock.now(),
  });
}

function bodyHash(
  {
    assumedMs: _assumed,
    definition: _definition,
    idempotencyKey: _key,
    traceparent: _traceparent,
    ...body
  }: NewWorkflow,
  definitionHash: string,
): string {
  return createHash('sha256')
    .update(canonicalJson({ ...body, definition: definitionHash }))
    .digest('hex');
}
