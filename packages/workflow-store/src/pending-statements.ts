import { type Kysely, sql } from 'kysely';
import type { Preparer } from './preparer.ts';
import { prepared, preparedRows, type Statement } from './statement.ts';
import type {
  ChimeraDatabase,
  DeadlineTable,
  EventTable,
  IdempotencyKeyTable,
  InputTable,
} from './tables.ts';
import { fixed, moving, type MovingRow, type WorkflowRow } from './workflow-columns.ts';

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

const starting = [
  'phase',
  'state',
  'token',
  'holder',
  'lease_expires_at',
  'started_at',
  'updated_at',
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

const ending = ['status', 'phase', 'state', 'updated_at', 'finished_at', 'last_event'] as const;

/** What the end of a group writes, by the transaction's own connection or by another thread's. */
export interface PendingStatements {
  readonly insertWorkflows: (rows: readonly WorkflowRow[]) => void;
  readonly moveWorkflow: Statement<MovingRow & { key: number }, unknown>;
  // Three that write less, and touch fewer indexes: SQLite maintains each one of which a column is set.
  /** One that waited for its turn runs. */
  readonly start: Statement<Pick<MovingRow, (typeof starting)[number]> & { key: number }, unknown>;
  /** One that ran runs again. */
  readonly runOn: Statement<Pick<MovingRow, (typeof runningOn)[number]> & { key: number }, unknown>;
  /** One that ran is over. */
  readonly end: Statement<Pick<MovingRow, (typeof ending)[number]> & { key: number }, unknown>;
  readonly insertInputs: (rows: readonly InputTable[]) => void;
  readonly insertEvents: (rows: readonly EventTable[]) => void;
  readonly setDeadline: Statement<DeadlineTable, unknown>;
  readonly dropDeadline: Statement<{ workflow_key: number }, unknown>;
  readonly insertIdempotencyKey: Statement<IdempotencyKeyTable, unknown>;
}

export function pendingStatements(
  sqlite: Preparer,
  db: Kysely<ChimeraDatabase>,
): PendingStatements {
  return {
    insertWorkflows: preparedRows<WorkflowRow>(sqlite, [...fixed, ...moving])((rows) =>
      db.insertInto('workflows').values(rows),
    ),
    moveWorkflow: prepared<MovingRow & { key: number }>(sqlite)((arg) =>
      db.updateTable('workflows').set(arg.all(moving)).where('key', '=', arg('key')),
    ),
    start: prepared<Pick<MovingRow, (typeof starting)[number]> & { key: number }>(sqlite)((arg) =>
      db
        .updateTable('workflows')
        .set({
          ...arg.all(starting),
          status: sql.lit('running'),
          ageing_key: sql.lit(null),
          promotion_key: sql.lit(null),
          is_short: sql.lit(null),
          held_by: sql.lit(null),
          due_at: sql.lit(null),
        })
        .where('key', '=', arg('key')),
    ),
    end: prepared<Pick<MovingRow, (typeof ending)[number]> & { key: number }>(sqlite)((arg) =>
      db
        .updateTable('workflows')
        .set({ ...arg.all(ending), holder: sql.lit(null), lease_expires_at: sql.lit(null) })
        .where('key', '=', arg('key')),
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
    insertIdempotencyKey: prepared<IdempotencyKeyTable>(sqlite)((arg) =>
      db.insertInto('idempotency_keys').values(arg.all(['key', 'workflow_key', 'body_hash'])),
    ),
  };
}
