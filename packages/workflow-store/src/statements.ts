import type { Database } from 'better-sqlite3';
import { type Insertable, type Kysely, type Selectable, sql } from 'kysely';
import { prepared, type Statement } from './statement.ts';
import type {
  ChimeraDatabase,
  EventTable,
  IdempotencyKeyTable,
  PayloadKind,
  PayloadTable,
  PhaseRunTable,
  WorkflowTable,
} from './tables.ts';

export type WorkflowRow = Selectable<WorkflowTable>;
export type PayloadRow = Pick<PayloadTable, 'kind' | 'body'>;
export type CandidateRow = Pick<
  WorkflowRow,
  | 'id'
  | 'definition_name'
  | 'definition_hash'
  | 'phase'
  | 'priority'
  | 'estimate_ms'
  | 'labels'
  | 'queued_at'
>;
export type DueRow = Pick<WorkflowRow, 'id' | 'priority' | 'estimate_ms' | 'queued_at'>;
export type RunningRow = Pick<WorkflowRow, 'id' | 'holder' | 'lease_expires_at'>;
type Move = Omit<
  WorkflowRow,
  'definition_name' | 'definition_hash' | 'priority' | 'estimate_ms' | 'labels' | 'created_at'
>;

export interface ReadStatements {
  readonly workflow: Statement<{ id: string }, WorkflowRow>;
  /** In order of kind and position. */
  readonly payloads: Statement<{ workflow_id: string }, PayloadRow>;
}

export interface WriteStatements extends ReadStatements {
  readonly insertWorkflow: Statement<WorkflowRow, unknown>;
  readonly moveWorkflow: Statement<Move, unknown>;
  readonly insertPayload: Statement<PayloadTable, unknown>;
  readonly deletePayloads: Statement<
    { workflow_id: string; kind: PayloadKind; position: number },
    unknown
  >;
  readonly insertEvent: Statement<Omit<Insertable<EventTable>, 'seq'>, unknown>;
  readonly insertPhaseRun: Statement<
    Omit<PhaseRunTable, 'ended_at' | 'outcome' | 'details'>,
    unknown
  >;
  readonly endPhaseRun: Statement<EndedRun, unknown>;
  readonly candidates: Statement<{ window: number }, CandidateRow>;
  readonly newlyDue: Statement<{ now: number; limit: number }, DueRow>;
  readonly makeClaimable: Statement<{ id: string; claim_key: number }, unknown>;
  readonly renewLease: Statement<
    { id: string; holder: string; token: number; lease_expires_at: number },
    unknown
  >;
  readonly running: Statement<Record<string, never>, RunningRow>;
  readonly idempotencyKey: Statement<{ key: string }, Omit<IdempotencyKeyTable, 'key'>>;
  readonly insertIdempotencyKey: Statement<IdempotencyKeyTable, unknown>;
  readonly insertDefinition: Statement<
    { hash: string; name: string; body: string; created_at: number },
    unknown
  >;
  readonly finishedBefore: Statement<{ before: number; limit: number }, { id: string }>;
  readonly deleteWorkflow: Statement<{ id: string }, unknown>;
}

interface EndedRun {
  workflow_id: string;
  token: number;
  ended_at: number;
  outcome: string;
  agent: string | null;
  started_at: number | null;
  details: string | null;
}

/** The statements of the hot path: writing them with Kysely keeps them checked against the tables. */
export function readStatements(sqlite: Database, db: Kysely<ChimeraDatabase>): ReadStatements {
  return {
    workflow: prepared<{ id: string }>(sqlite)((arg) =>
      db.selectFrom('workflows').selectAll().where('id', '=', arg('id')),
    ),
    payloads: prepared<{ workflow_id: string }>(sqlite)((arg) =>
      db
        .selectFrom('workflow_payloads')
        .select(['kind', 'body'])
        .where('workflow_id', '=', arg('workflow_id'))
        .orderBy('kind')
        .orderBy('position'),
    ),
  };
}

export function writeStatements(sqlite: Database, db: Kysely<ChimeraDatabase>): WriteStatements {
  return {
    ...readStatements(sqlite, db),
    insertWorkflow: prepared<WorkflowRow>(sqlite)((arg) =>
      db.insertInto('workflows').values({
        id: arg('id'),
        definition_name: arg('definition_name'),
        definition_hash: arg('definition_hash'),
        priority: arg('priority'),
        estimate_ms: arg('estimate_ms'),
        labels: arg('labels'),
        status: arg('status'),
        phase: arg('phase'),
        state: arg('state'),
        queued_at: arg('queued_at'),
        run_at: arg('run_at'),
        claim_key: arg('claim_key'),
        due_at: arg('due_at'),
        token: arg('token'),
        holder: arg('holder'),
        lease_expires_at: arg('lease_expires_at'),
        created_at: arg('created_at'),
        started_at: arg('started_at'),
        updated_at: arg('updated_at'),
        finished_at: arg('finished_at'),
      }),
    ),
    moveWorkflow: prepared<Move>(sqlite)((arg) =>
      db
        .updateTable('workflows')
        .set({
          status: arg('status'),
          phase: arg('phase'),
          state: arg('state'),
          queued_at: arg('queued_at'),
          run_at: arg('run_at'),
          claim_key: arg('claim_key'),
          due_at: arg('due_at'),
          token: arg('token'),
          holder: arg('holder'),
          lease_expires_at: arg('lease_expires_at'),
          started_at: arg('started_at'),
          updated_at: arg('updated_at'),
          finished_at: arg('finished_at'),
        })
        .where('id', '=', arg('id')),
    ),
    insertPayload: prepared<PayloadTable>(sqlite)((arg) =>
      db.insertInto('workflow_payloads').values({
        workflow_id: arg('workflow_id'),
        kind: arg('kind'),
        position: arg('position'),
        body: arg('body'),
      }),
    ),
    deletePayloads: prepared<{ workflow_id: string; kind: PayloadKind; position: number }>(sqlite)(
      (arg) =>
        db
          .deleteFrom('workflow_payloads')
          .where('workflow_id', '=', arg('workflow_id'))
          .where('kind', '=', arg('kind'))
          .where('position', '>=', arg('position')),
    ),
    insertEvent: prepared<Omit<Insertable<EventTable>, 'seq'>>(sqlite)((arg) =>
      db.insertInto('workflow_events').values({
        workflow_id: arg('workflow_id'),
        at: arg('at'),
        type: arg('type'),
        data: arg('data'),
      }),
    ),
    insertPhaseRun: prepared<Omit<PhaseRunTable, 'ended_at' | 'outcome' | 'details'>>(sqlite)(
      (arg) =>
        db.insertInto('phase_runs').values({
          workflow_id: arg('workflow_id'),
          token: arg('token'),
          phase: arg('phase'),
          visit: arg('visit'),
          attempt: arg('attempt'),
          agent: arg('agent'),
          holder: arg('holder'),
          started_at: arg('started_at'),
        }),
    ),
    endPhaseRun: prepared<EndedRun>(sqlite)((arg) =>
      db
        .updateTable('phase_runs')
        .set({
          ended_at: arg('ended_at'),
          outcome: arg('outcome'),
          agent: sql`coalesce(${arg('agent')}, agent)`,
          started_at: sql`coalesce(${arg('started_at')}, started_at)`,
          details: arg('details'),
        })
        .where('workflow_id', '=', arg('workflow_id'))
        .where('token', '=', arg('token')),
    ),
    candidates: prepared<{ window: number }>(sqlite)((arg) =>
      db
        .selectFrom('workflows')
        .select([
          'id',
          'definition_name',
          'definition_hash',
          'phase',
          'priority',
          'estimate_ms',
          'labels',
          'queued_at',
        ])
        .where('claim_key', 'is not', null)
        .orderBy('claim_key', 'desc')
        .orderBy('queued_at')
        .orderBy('id')
        .limit(arg('window')),
    ),
    newlyDue: prepared<{ now: number; limit: number }>(sqlite)((arg) =>
      db
        .selectFrom('workflows')
        .select(['id', 'priority', 'estimate_ms', 'queued_at'])
        .where('due_at', '<=', arg('now'))
        .orderBy('due_at')
        .limit(arg('limit')),
    ),
    makeClaimable: prepared<{ id: string; claim_key: number }>(sqlite)((arg) =>
      db
        .updateTable('workflows')
        .set({ claim_key: arg('claim_key'), due_at: sql.lit(null) })
        .where('id', '=', arg('id')),
    ),
    renewLease: prepared<{ id: string; holder: string; token: number; lease_expires_at: number }>(
      sqlite,
    )((arg) =>
      db
        .updateTable('workflows')
        .set({ lease_expires_at: arg('lease_expires_at') })
        .where('id', '=', arg('id'))
        .where('holder', '=', arg('holder'))
        .where('token', '=', arg('token')),
    ),
    running: prepared<Record<string, never>>(sqlite)(() =>
      db
        .selectFrom('workflows')
        .select(['id', 'holder', 'lease_expires_at'])
        .where('status', '=', sql.lit('running'))
        .orderBy('id'),
    ),
    idempotencyKey: prepared<{ key: string }>(sqlite)((arg) =>
      db
        .selectFrom('idempotency_keys')
        .select(['workflow_id', 'body_hash'])
        .where('key', '=', arg('key')),
    ),
    insertIdempotencyKey: prepared<IdempotencyKeyTable>(sqlite)((arg) =>
      db.insertInto('idempotency_keys').values({
        key: arg('key'),
        workflow_id: arg('workflow_id'),
        body_hash: arg('body_hash'),
      }),
    ),
    insertDefinition: prepared<{ hash: string; name: string; body: string; created_at: number }>(
      sqlite,
    )((arg) =>
      db
        .insertInto('workflow_definitions')
        .values({
          hash: arg('hash'),
          name: arg('name'),
          body: arg('body'),
          created_at: arg('created_at'),
        })
        .onConflict((conflict) => conflict.doNothing()),
    ),
    finishedBefore: prepared<{ before: number; limit: number }>(sqlite)((arg) =>
      db
        .selectFrom('workflows')
        .select('id')
        .where('finished_at', '<=', arg('before'))
        .orderBy('finished_at')
        .limit(arg('limit')),
    ),
    deleteWorkflow: prepared<{ id: string }>(sqlite)((arg) =>
      db.deleteFrom('workflows').where('id', '=', arg('id')),
    ),
  };
}
