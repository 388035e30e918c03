import type { Kysely } from 'kysely';
import { insertingAlike, updatingAlike } from './alike-rows.ts';
import type { Preparer } from './preparer.ts';
import { prepared, type Statement } from './statement.ts';
import type {
  ChimeraDatabase,
  DeadlineTable,
  DefinitionPartTable,
  EventTable,
  IdempotencyKeyTable,
  InputTable,
} from './tables.ts';
import { moving, type MovingRow, ofEvent, ofNew, type WorkflowRow } from './workflow-columns.ts';

export type ChangedRow = MovingRow & { readonly key: number };

const starting = [
  'status',
  'phase',
  'state',
  'is_short',
  'held_by',
  'due_at',
  'token',
  'holder',
  'lease_expires_at',
  'started_at',
  'updated_at',
] as const;

const runningOn = [
  'phase',
  'state',
  'run_at',
  'token',
  'holder',
  'lease_expires_at',
  'updated_at',
] as const;

const ending = [
  'status',
  'phase',
  'state',
  'holder',
  'lease_expires_at',
  'updated_at',
  'finished_at',
] as const;

/** What the end of a group writes, by the transaction's own connection or by another thread's. */
export interface PendingStatements {
  readonly insertWorkflows: (rows: readonly WorkflowRow[]) => void;
  readonly moveWorkflow: Statement<ChangedRow, unknown>;
  // Three that write less, and touch fewer indexes: SQLite maintains each one of which a column is set.
  /** Those that waited for their turn run. */
  readonly start: (rows: readonly ChangedRow[]) => void;
  /** Those that ran run again. */
  readonly runOn: (rows: readonly ChangedRow[]) => void;
  /** Those that ran are over. */
  readonly end: (rows: readonly ChangedRow[]) => void;
  readonly keepPart: Statement<DefinitionPartTable, unknown>;
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
  const changing = (shared: readonly (keyof MovingRow)[]) =>
    updatingAlike<ChangedRow>(sqlite, db, shared);
  return {
    insertWorkflows: insertingAlike<WorkflowRow>(sqlite, db, 'workflows', ofNew),
    moveWorkflow: prepared<ChangedRow>(sqlite)((arg) =>
      db.updateTable('workflows').set(arg.all(moving)).where('key', '=', arg('key')),
    ),
    start: changing(starting),
    runOn: changing(runningOn),
    end: changing(ending),
    setDeadline: prepared<DeadlineTable>(sqlite)((arg) =>
      db
        .insertInto('workflow_deadlines')
        .values(arg.all(['workflow_key', 'at']))
        // Within one group it may have died with another, and run again.
        .onConflict((conflict) => conflict.column('workflow_key').doUpdateSet({ at: arg('at') })),
    ),
    dropDeadline: prepared<{ workflow_key: number }>(sqlite)((arg) =>
      db.deleteFrom('workflow_deadlines').where('workflow_key', '=', arg('workflow_key')),
    ),
    keepPart: prepared<DefinitionPartTable>(sqlite)((arg) =>
      db
        .insertInto('definition_parts')
        .values(arg.all(['definition_name', 'part']))
        .onConflict((conflict) => conflict.doNothing()),
    ),
    insertInputs: insertingAlike<InputTable>(sqlite, db, 'workflow_inputs', [
      { shared: [], own: ['workflow_key', 'body'] },
    ]),
    insertEvents: insertingAlike<EventTable>(sqlite, db, 'workflow_events', ofEvent),
    insertIdempotencyKey: prepared<IdempotencyKeyTable>(sqlite)((arg) =>
      db.insertInto('idempotency_keys').values(arg.all(['key', 'workflow_key', 'body_hash'])),
    ),
  };
}
