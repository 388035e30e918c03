import type {
  Artifact,
  Feedback,
  WorkflowEvent,
  WorkflowState,
  WorkflowStatus,
} from '@chimera/workflow';
import type { AlikeTexts } from './alike-texts.ts';
import type { Definitions } from './definitions.ts';
import type { ReadStatements } from './read-statements.ts';
import { StoreError } from './store-error.ts';
import { parseStored, type StoredShapes } from './stored-json.ts';
import { unclaimedState } from './unclaimed-states.ts';
import type { MovingRow, WorkflowRow } from './workflow-columns.ts';
import type { Lease, ParentLink, WorkflowRecord } from './workflow-record.ts';

/** A record with what only the store needs of it. */
export interface StoredWorkflow {
  /** Of its row. */
  readonly key: number;
  readonly record: WorkflowRecord;
  readonly queuedAt: number;
  /** The newest fencing token: 0 before the first claim. */
  readonly token: number;
  /** Number of its newest event. */
  readonly lastEvent: number;
  /** About how much memory it takes: of its input and of what its phases have added, as JSON. */
  readonly characters: number;
}

/** Where it is read from. */
export interface ReadStore {
  readonly path: string;
  readonly sql: ReadStatements;
  readonly definitions: Pick<Definitions, 'ofRow'>;
}

/** @throws StoreError ROW_CORRUPT */
export function readWorkflow(store: ReadStore, id: string): StoredWorkflow | undefined {
  const row = store.sql.workflow.get({ id });
  if (row === undefined) return undefined;
  return workflowFrom(row, store);
}

/**
 * @param body JSON of its input, where that is known
 * @throws StoreError ROW_CORRUPT
 */
export function workflowFrom(
  row: WorkflowRow,
  { definitions, path, sql }: ReadStore,
  body: string | undefined = sql.input.get({ workflow_key: row.key })?.body,
): StoredWorkflow {
  const parse = <Name extends keyof StoredShapes>(name: Name, text: string): StoredShapes[Name] => {
    const parsed = parseStored(name, text);
    if ('value' in parsed) return parsed.value;
    throw corruptRow(path, row.id, parsed.problem);
  };
  const artifacts: Artifact[] = [];
  const feedback: Feedback[] = [];
  let characters = 0;
  // What was never claimed has gained nothing.
  const rows = row.token === 0 ? [] : sql.added.all({ last_event: row.last_event });
  for (const { added } of rows) {
    if (added === null) continue;
    characters += added.length;
    const gained = parse('added', added);
    artifacts.push(...(gained.artifacts ?? []));
    feedback.push(...(gained.feedback ?? []));
  }
  if (body === undefined) throw corruptRow(path, row.id, 'it has no input');
  const input = parse('input', body);
  const readState = (text: string) => parse('state', text);
  const stored = row.token === 0 ? unclaimedState(row.state, readState) : readState(row.state);
  const state: WorkflowState = { ...stored, artifacts, feedback };
  const record = newRecord({
    id: row.id,
    definition: row.definition_name,
    definitionHash: definitions.ofRow(row).hash,
    input,
    priority: row.priority,
    estimateMs: row.estimate_ms ?? undefined,
    labels: row.labels === null ? undefined : parse('labels', row.labels),
    state,
    runAt: row.run_at,
    createdAt: row.created_at,
    startedAt: row.started_at ?? undefined,
    updatedAt: row.updated_at,
    finishedAt: row.finished_at ?? undefined,
    lease:
      row.holder === null
        ? undefined
        : { holder: row.holder, token: row.token, expiresAt: row.lease_expires_at ?? 0 },
    parent: parentOf(row),
  });
  return {
    key: row.key,
    record,
    queuedAt: row.queued_at,
    token: row.token,
    lastEvent: row.last_event,
    characters: characters + body.length,
  };
}

function parentOf(row: WorkflowRow): ParentLink | undefined {
  const { parent_fork: fork, parent_id: id, parent_index: index, parent_limit: limit } = row;
  if (id === null) return undefined;
  const link = { id, fork: fork ?? '', index: index ?? 0 };
  return limit === null ? link : { ...link, maxParallel: limit };
}

/**
 * The workflow after an event: where it stands, since when, and who holds it. The lease ends with
 * the running; a new claim brings a new one.
 */
export function moved(
  { characters, key, record, queuedAt, token }: StoredWorkflow,
  state: WorkflowState,
  event: WorkflowEvent,
  { added, number }: { readonly number: number; readonly added: string | null },
  newLease?: Lease,
): StoredWorkflow {
  const { at } = event;
  const lease = state.status === 'running' ? (newLease ?? record.lease) : undefined;
  return {
    key,
    record: newRecord({
      id: record.id,
      definition: record.definition,
      definitionHash: record.definitionHash,
      input: record.input,
      priority: record.priority,
      estimateMs: record.estimateMs,
      labels: record.labels,
      state,
      runAt: runAtOf(state, record.runAt, at),
      createdAt: record.createdAt,
      startedAt: record.startedAt ?? (newLease && at),
      updatedAt: at,
      finishedAt: isTerminal(state) ? at : undefined,
      lease,
      parent: record.parent,
    }),
    queuedAt: event.type === 'requeued' ? at : queuedAt,
    token: newLease?.token ?? token,
    lastEvent: number,
    characters: characters + (added?.length ?? 0),
  };
}

type OptionalFields = 'estimateMs' | 'labels' | 'startedAt' | 'finishedAt' | 'lease' | 'parent';

/** A record without the keys of what it does not have. */
export function newRecord(
  fields: Omit<WorkflowRecord, OptionalFields> & {
    readonly [Name in OptionalFields]: WorkflowRecord[Name] | undefined;
  },
): WorkflowRecord {
  const { estimateMs, finishedAt, labels, lease, parent, startedAt } = fields;
  // Written out: rest and spread cost several times as much, and every transition comes by here.
  const record: { -readonly [Name in keyof WorkflowRecord]: WorkflowRecord[Name] } = {
    id: fields.id,
    definition: fields.definition,
    definitionHash: fields.definitionHash,
    input: fields.input,
    priority: fields.priority,
    state: fields.state,
    runAt: fields.runAt,
    createdAt: fields.createdAt,
    updatedAt: fields.updatedAt,
  };
  if (estimateMs !== undefined) record.estimateMs = estimateMs;
  if (labels !== undefined) record.labels = labels;
  if (startedAt !== undefined) record.startedAt = startedAt;
  if (finishedAt !== undefined) record.finishedAt = finishedAt;
  if (lease !== undefined) record.lease = lease;
  if (parent !== undefined) record.parent = parent;
  return record;
}

export function movingColumns(
  { lastEvent, record, queuedAt, token }: Omit<StoredWorkflow, 'characters' | 'key'>,
  isShort: 0 | 1 | null,
  heldBy: string | undefined,
  texts: AlikeTexts<WorkflowStatus>,
): MovingRow {
  const { state } = record;
  return {
    status: state.status,
    phase: state.phase,
    state: texts.of(state.status, { ...state, artifacts: undefined, feedback: undefined }),
    queued_at: queuedAt,
    run_at: record.runAt,
    is_short: isShort,
    held_by: heldBy ?? null,
    due_at: isPending({ record }) && isShort === null ? record.runAt : null,
    token,
    holder: record.lease?.holder ?? null,
    lease_expires_at: record.lease?.expiresAt ?? null,
    started_at: record.startedAt ?? null,
    updated_at: record.updatedAt,
    finished_at: record.finishedAt ?? null,
    last_event: lastEvent,
  };
}

export function corruptRow(path: string, workflowId: string, problem: string): StoreError {
  return new StoreError(
    'ROW_CORRUPT',
    path,
    `workflow ${workflowId} cannot be read: ${problem}; restore it from a backup, or delete it`,
    { workflowId },
  );
}

function runAtOf(state: WorkflowState, runAt: number, at: number): number {
  if (state.status === 'waiting') return state.until;
  return state.status === 'queued' ? at : runAt;
}

/** It waits for its turn, or for its time. */
export function isPending({ record }: Pick<StoredWorkflow, 'record'>): boolean {
  const { status } = record.state;
  return status === 'queued' || status === 'waiting';
}

export function isTerminal({ status }: WorkflowState): boolean {
  return status === 'completed' || status === 'dead' || status === 'cancelled';
}
