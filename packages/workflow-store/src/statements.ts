import type { Database } from 'better-sqlite3';
import {
  type Kysely,
  type RawBuilder,
  type Selectable,
  type SelectQueryBuilder,
  sql,
} from 'kysely';
import { type LimitStatements, limitStatements } from './limit-statements.ts';
import { type Arg, prepared, preparedRows, type Statement } from './statement.ts';
import type {
  ChimeraDatabase,
  DeadlineTable,
  DecisionTable,
  DefinitionTable,
  EventTable,
  IdempotencyKeyTable,
  InputTable,
  KeptStateTable,
  WorkflowTable,
} from './tables.ts';

export type WorkflowRow = Selectable<WorkflowTable>;
/** The columns that an event can change. */
export type MovingRow = Pick<WorkflowRow, (typeof moving)[number]>;
/** Where a workflow stands in the indexes of the claim: all null while it is not claimable. */
export type ClaimColumns = Pick<WorkflowRow, (typeof ofClaim)[number]>;
export type CandidateRow = Pick<WorkflowRow, (typeof ofCandidate)[number]>;

const ofClaim = ['ageing_key', 'promotion_key', 'is_short'] as const;

const fixed = [
  'key',
  'id',
  'definition_name',
  'definition_hash',
  'priority',
  'estimate_ms',
  'labels',
  'created_at',
  'parent_id',
  'parent_fork',
  'parent_index',
] as const;

const ofEvent = [
  'seq',
  'workflow_key',
  'previous',
  'at',
  'type',
  'data',
  'added',
  'evidence',
] as const;

const moving = [
  'status',
  'phase',
  'state',
  'queued_at',
  'run_at',
  'ageing_key',
  'promotion_key',
  'is_short',
  'held_by',
  'due_at',
  'token',
  'holder',
  'lease_expires_at',
  'started_at',
  'updated_at',
  'finished_at',
  'last_event',
] as const;

const runningOn = [
  'phase',
  'state',
  'run_at',
  'token',
  'holder',
  'lease_expires_at',
  'updated_at',
  'last_event',
] as const;

const ofCandidate = [
  'id',
  'definition_name',
  'definition_hash',
  'phase',
  'priority',
  'estimate_ms',
  'labels',
  'queued_at',
] as const;

export interface CandidateWindow {
  readonly window: number;
  readonly min_priority: number;
  /** Who stands lower than these has less than `min_priority`: reading on would find nobody. */
  readonly least_ageing: number;
  readonly least_promotion: number;
}

/** The statements of the hot path: written with Kysely, they are checked against the tables. */
export interface ReadStatements {
  readonly workflow: Statement<{ id: string }, WorkflowRow>;
  readonly input: Statement<{ workflow_key: number }, { body: string }>;
  /** What the event and those before it have added, in their order. */
  readonly added: Statement<{ last_event: number }, { added: string | null }>;
}

export interface WriteStatements extends ReadStatements {
  readonly insertWorkflows: (rows: readonly WorkflowRow[]) => void;
  readonly moveWorkflow: Statement<MovingRow & { key: number }, unknown>;
  /** What changes of one that ran and runs again: of the columns of indexes only those that pass it over. */
  readonly runOn: Statement<Pick<MovingRow, (typeof runningOn)[number]> & { key: number }, unknown>;
  readonly insertInputs: (rows: readonly InputTable[]) => void;
  readonly insertEvents: (rows: readonly EventTable[]) => void;
  readonly setDeadline: Statement<DeadlineTable, unknown>;
  readonly dropDeadline: Statement<{ workflow_key: number }, unknown>;
  readonly deleteEvents: Statement<{ last_event: number }, unknown>;
  /** The first `window` by each of the two keys, of the short and of the others, without doubles. */
  readonly candidates: Statement<CandidateWindow, Pick<WorkflowRow, 'key' | 'id' | 'ageing_key'>>;
  readonly candidate: Statement<{ key: number }, CandidateRow>;
  readonly newlyDue: Statement<
    { now: number; limit: number },
    Pick<WorkflowRow, 'key' | 'priority' | 'estimate_ms' | 'queued_at'>
  >;
  readonly makeClaimable: Statement<ClaimColumns & { key: number }, unknown>;
  readonly limits: LimitStatements;
  readonly standAside: Statement<{ id: string; due_at: number }, unknown>;
  readonly renewLease: Statement<
    { id: string; holder: string; token: number; lease_expires_at: number },
    unknown
  >;
  readonly running: Statement<
    Record<string, never>,
    Pick<WorkflowRow, 'id' | 'holder' | 'lease_expires_at'>
  >;
  readonly idempotencyKey: Statement<{ key: string }, { id: string; body_hash: string }>;
  readonly insertIdempotencyKey: Statement<IdempotencyKeyTable, unknown>;
  readonly insertDefinition: Statement<DefinitionTable, unknown>;
  readonly insertDecision: Statement<Omit<Selectable<DecisionTable>, 'seq'>, unknown>;
  readonly keepState: Statement<KeptStateTable, unknown>;
  /** Deletes all but the latest `kept`. */
  readonly pruneDecisions: Statement<{ is_change: number; kept: number }, unknown>;
  readonly endedBefore: Statement<
    { id: string; before: number },
    Pick<WorkflowRow, 'id' | 'key' | 'status' | 'last_event'>
  >;
  readonly deleteWorkflow: Statement<{ key: number }, unknown>;
  /** In their order. */
  readonly unfinishedChildren: Statement<
    { parent_id: string; parent_fork: string },
    { id: string }
  >;
}

export function readStatements(sqlite: Database, db: Kysely<ChimeraDatabase>): ReadStatements {
  return {
    workflow: prepared<{ id: string }>(sqlite)((arg) =>
      db.selectFrom('workflows').selectAll().where('id', '=', arg('id')),
    ),
    input: prepared<{ workflow_key: number }>(sqlite)((arg) =>
      db
        .selectFrom('workflow_inputs')
        .select('body')
        .where('workflow_key', '=', arg('workflow_key')),
    ),
    added: prepared<{ last_event: number }>(sqlite)((arg) =>
      db
        .selectFrom('workflow_events')
        .select('added')
        .where('seq', 'in', eventsUpTo(db, arg('last_event')))
        .where('added', 'is not', null)
        .orderBy('seq'),
    ),
  };
}

export function writeStatements(sqlite: Database, db: Kysely<ChimeraDatabase>): WriteStatements {
  return {
    ...readStatements(sqlite, db),
    limits: limitStatements(sqlite, db),
    insertWorkflows: preparedRows<WorkflowRow>(sqlite, [...fixed, ...moving])((rows) =>
      db.insertInto('workflows').values(rows),
    ),
    moveWorkflow: prepared<MovingRow & { key: number }>(sqlite)((arg) =>
      db.updateTable('workflows').set(arg.all(moving)).where('key', '=', arg('key')),
    ),
    runOn: prepared<Pick<MovingRow, (typeof runningOn)[number]> & { key: number }>(sqlite)((arg) =>
      db.updateTable('workflows').set(arg.all(runningOn)).where('key', '=', arg('key')),
    ),
    setDeadline: prepared<DeadlineTable>(sqlite)((arg) =>
      db.insertInto('workflow_deadlines').values(arg.all(['workflow_key', 'at'])),
    ),
    dropDeadline: prepared<{ workflow_key: number }>(sqlite)((arg) =>
      db.deleteFrom('workflow_deadlines').where('workflow_key', '=', arg('workflow_key')),
    ),
    insertInputs: preparedRows<InputTable>(sqlite, ['workflow_key', 'body'])((rows) =>
      db.insertInto('workflow_inputs').values(rows),
    ),
    insertEvents: preparedRows<EventTable>(
      sqlite,
      ofEvent,
    )((rows) => db.insertInto('workflow_events').values(rows)),
    deleteEvents: prepared<{ last_event: number }>(sqlite)((arg) =>
      db.deleteFrom('workflow_events').where('seq', 'in', eventsUpTo(db, arg('last_event'))),
    ),
    candidates: prepared<CandidateWindow>(sqlite)((arg) =>
      db
        .selectFrom('workflows')
        .select(['key', 'id', 'ageing_key'])
        .where(
          'key',
          'in',
          firstBy(db, 'ageing_key', 0, arg, arg('least_ageing'))
            .unionAll(firstBy(db, 'ageing_key', 1, arg, arg('least_ageing')))
            .unionAll(firstBy(db, 'promotion_key', 0, arg, arg('least_promotion')))
            .unionAll(firstBy(db, 'promotion_key', 1, arg, arg('least_promotion'))),
        ),
    ),
    candidate: prepared<{ key: number }>(sqlite)((arg) =>
      db.selectFrom('workflows').select(ofCandidate).where('key', '=', arg('key')),
    ),
    newlyDue: prepared<{ now: number; limit: number }>(sqlite)((arg) =>
      db
        .selectFrom('workflows')
        .select(['key', 'priority', 'estimate_ms', 'queued_at'])
        .where('due_at', '<=', arg('now'))
        .orderBy('due_at')
        .limit(arg('limit')),
    ),
    makeClaimable: prepared<ClaimColumns & { key: number }>(sqlite)((arg) =>
      db
        .updateTable('workflows')
        .set({ ...arg.all(ofClaim), due_at: sql.lit(null) })
        .where('key', '=', arg('key')),
    ),
    standAside: prepared<{ id: string; due_at: number }>(sqlite)((arg) =>
      db
        .updateTable('workflows')
        .set({
          ageing_key: sql.lit(null),
          promotion_key: sql.lit(null),
          is_short: sql.lit(null),
          held_by: sql.lit(null),
          due_at: arg('due_at'),
        })
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
        .where(notQueued)
        .orderBy('key'),
    ),
    idempotencyKey: prepared<{ key: string }>(sqlite)((arg) =>
      db
        .selectFrom('idempotency_keys')
        .innerJoin('workflows', 'workflows.key', 'idempotency_keys.workflow_key')
        .select(['workflows.id', 'body_hash'])
        .where('idempotency_keys.key', '=', arg('key')),
    ),
    insertIdempotencyKey: prepared<IdempotencyKeyTable>(sqlite)((arg) =>
      db.insertInto('idempotency_keys').values(arg.all(['key', 'workflow_key', 'body_hash'])),
    ),
    insertDefinition: prepared<DefinitionTable>(sqlite)((arg) =>
      db
        .insertInto('workflow_definitions')
        .values(arg.all(['hash', 'name', 'body', 'created_at']))
        .onConflict((conflict) => conflict.doNothing()),
    ),
    insertDecision: prepared<Omit<Selectable<DecisionTable>, 'seq'>>(sqlite)((arg) =>
      db.insertInto('decisions').values(arg.all(['at', 'kind', 'is_change', 'data'])),
    ),
    keepState: prepared<KeptStateTable>(sqlite)((arg) =>
      db
        .insertInto('kept_states')
        .values(arg.all(['kind', 'name', 'body']))
        .onConflict((conflict) =>
          conflict.columns(['kind', 'name']).doUpdateSet({ body: arg('body') }),
        ),
    ),
    pruneDecisions: prepared<{ is_change: number; kept: number }>(sqlite)((arg) =>
      db
        .deleteFrom('decisions')
        .where('is_change', '=', arg('is_change'))
        .where('seq', '<=', (oldest) =>
          oldest
            .selectFrom('decisions')
            .select('seq')
            .where('is_change', '=', arg('is_change'))
            .orderBy('seq', 'desc')
            .limit(sql.lit(1))
            .offset(arg('kept')),
        ),
    ),
    endedBefore: prepared<{ id: string; before: number }>(sqlite)((arg) =>
      db
        .selectFrom('workflows')
        .select(['id', 'key', 'status', 'last_event'])
        .where('id', '=', arg('id'))
        .where('finished_at', '<=', arg('before'))
        .where(notAwaited),
    ),
    deleteWorkflow: prepared<{ key: number }>(sqlite)((arg) =>
      db.deleteFrom('workflows').where('key', '=', arg('key')),
    ),
    unfinishedChildren: prepared<{ parent_id: string; parent_fork: string }>(sqlite)((arg) =>
      db
        .selectFrom('workflows')
        .select('id')
        .where('parent_id', '=', arg('parent_id'))
        .where('parent_fork', '=', arg('parent_fork'))
        .where('finished_at', 'is', null)
        .orderBy('parent_index'),
    ),
  };
}

/** What a child left is kept for as long as its parent may still ask for it. */
export const notAwaited: RawBuilder<boolean> = sql<boolean>`(parent_id is null or not exists (
  select 1 from workflows as parent
  where parent.id = workflows.parent_id and parent.finished_at is null))`;

/** In the words of the index by status, which SQLite would not use otherwise. */
export const notQueued: RawBuilder<boolean> = sql<boolean>`status <> 'queued'`;

/** The numbers of an event and of all before it of its workflow. */
export function eventsUpTo(
  db: Kysely<ChimeraDatabase>,
  event: RawBuilder<number>,
): SelectQueryBuilder<ChimeraDatabase, never, { seq: number }> {
  return db
    .withRecursive('chain(seq)', (chained) =>
      chained.selectNoFrom(event.as('seq')).unionAll(
        chained
          .selectFrom('chain')
          .innerJoin('workflow_events', 'workflow_events.seq', 'chain.seq')
          .select(sql<number>`previous`.as('seq'))
          .where('previous', 'is not', null),
      ),
    )
    .selectFrom('chain')
    .select('chain.seq');
}

function firstBy(
  db: Kysely<ChimeraDatabase>,
  key: 'ageing_key' | 'promotion_key',
  isShort: 0 | 1,
  arg: Arg<CandidateWindow>,
  least: RawBuilder<number>,
) {
  const first = db
    .selectFrom('workflows')
    .select('key')
    .where('is_short', '=', sql.lit(isShort))
    .where(key, 'is not', null)
    .where('held_by', 'is', null)
    .where(key, '>=', least)
    .where('priority', '>=', arg('min_priority'))
    .orderBy(key, 'desc')
    .orderBy('queued_at')
    .orderBy('key')
    .limit(arg('window'));
  // SQLite takes an order and a limit inside of a union only from a subquery.
  return db.selectFrom(first.as('first')).select('key');
}
