import type {
  Artifact,
  Feedback,
  JsonObject,
  WorkflowEvent,
  WorkflowState,
} from '@chimera/workflow';
import type { MovingRow, PayloadRow, ReadStatements, WorkflowRow } from './statements.ts';
import { StoreError } from './store-error.ts';
import { parseStored, type StoredShapes } from './stored-json.ts';
import type { Lease, WorkflowRecord } from './workflow-record.ts';

/** A record with what only the store needs of it. */
export interface StoredWorkflow {
  /** Of its row. */
  readonly key: number;
  readonly record: WorkflowRecord;
  readonly queuedAt: number;
  /** The newest fencing token: 0 before the first claim. */
  readonly token: number;
}

/** @throws StoreError ROW_CORRUPT */
export function readWorkflow(
  sql: ReadStatements,
  path: string,
  id: string,
): StoredWorkflow | undefined {
  const row = sql.workflow.get({ id });
  if (row === undefined) return undefined;
  return workflowFrom(row, sql.payloads.all({ workflow_key: row.key }), path);
}

/** @throws StoreError ROW_CORRUPT */
export function workflowFrom(
  row: WorkflowRow,
  payloads: readonly PayloadRow[],
  path: string,
): StoredWorkflow {
  const parse = <Name extends keyof StoredShapes>(name: Name, text: string): StoredShapes[Name] => {
    const parsed = parseStored(name, text);
    if ('value' in parsed) return parsed.value;
    throw corruptRow(path, row.id, parsed.problem);
  };
  const artifacts: Artifact[] = [];
  const feedback: Feedback[] = [];
  let input: JsonObject | undefined;
  for (const { kind, body } of payloads) {
    switch (kind) {
      case 'artifact':
        artifacts.push(parse('artifact', body));
        break;
      case 'feedback':
        feedback.push(parse('feedback', body));
        break;
      case 'input':
        input = parse('input', body);
        break;
    }
  }
  if (input === undefined) throw corruptRow(path, row.id, 'it has no input');
  const state: WorkflowState = { ...parse('state', row.state), artifacts, feedback };
  const record: WorkflowRecord = {
    id: row.id,
    definition: row.definition_name,
    definitionHash: row.definition_hash,
    input,
    priority: row.priority,
    ...(row.estimate_ms === null ? {} : { estimateMs: row.estimate_ms }),
    ...(row.labels === null ? {} : { labels: parse('labels', row.labels) }),
    state,
    runAt: row.run_at,
    createdAt: row.created_at,
    ...(row.started_at === null ? {} : { startedAt: row.started_at }),
    updatedAt: row.updated_at,
    ...(row.finished_at === null ? {} : { finishedAt: row.finished_at }),
    ...(row.holder === null
      ? {}
      : {
          lease: { holder: row.holder, token: row.token, expiresAt: row.lease_expires_at ?? 0 },
        }),
  };
  return { key: row.key, record, queuedAt: row.queued_at, token: row.token };
}

/**
 * The workflow after an event: where it stands, since when, and who holds it. The lease ends with
 * the running; a new claim brings a new one.
 */
export function moved(
  { key, record, queuedAt, token }: StoredWorkflow,
  state: WorkflowState,
  event: WorkflowEvent,
  newLease?: Lease,
): StoredWorkflow {
  const { at } = event;
  const { lease: oldLease, finishedAt: _ended, ...kept } = record;
  const lease = state.status === 'running' ? (newLease ?? oldLease) : undefined;
  return {
    key,
    record: {
      ...kept,
      state,
      runAt: runAtOf(state, record.runAt, at),
      updatedAt: at,
      ...(record.startedAt === undefined && newLease !== undefined ? { startedAt: at } : {}),
      ...(isTerminal(state) ? { finishedAt: at } : {}),
      ...(lease === undefined ? {} : { lease }),
    },
    queuedAt: event.type === 'requeued' ? at : queuedAt,
    token: newLease?.token ?? token,
  };
}

export function movingColumns(
  { record, queuedAt, token }: Omit<StoredWorkflow, 'key'>,
  claimKey: number | null,
): MovingRow {
  const { artifacts: _artifacts, feedback: _feedback, ...state } = record.state;
  const isParked = claimKey === null && (state.status === 'queued' || state.status === 'waiting');
  return {
    status: state.status,
    phase: state.phase,
    state: JSON.stringify(state),
    queued_at: queuedAt,
    run_at: record.runAt,
    claim_key: claimKey,
    due_at: isParked ? record.runAt : null,
    token,
    holder: record.lease?.holder ?? null,
    lease_expires_at: record.lease?.expiresAt ?? null,
    started_at: record.startedAt ?? null,
    updated_at: record.updatedAt,
    finished_at: record.finishedAt ?? null,
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

function isTerminal({ status }: WorkflowState): boolean {
  return status === 'completed' || status === 'dead' || status === 'cancelled';
}
