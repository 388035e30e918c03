import { type Kysely, type Selectable, sql } from 'kysely';
import { type ClaimStatements, claimStatements } from './claim-statements.ts';
import { hasId } from './id-search.ts';
import { type LimitStatements, limitStatements } from './limit-statements.ts';
import { type PendingStatements, pendingStatements } from './pending-statements.ts';
import type { Preparer } from './preparer.ts';
import {
  notAwaited,
  notQueued,
  eventsUpTo,
  type ReadStatements,
  readStatements,
} from './read-statements.ts';
import { limitOf, prepared, type Statement } from './statement.ts';
import type {
  ChimeraDatabase,
  DecisionTable,
  DefinitionPartTable,
  DefinitionTable,
  KeptStateTable,
  StoppingForkTable,
} from './tables.ts';
import type { WorkflowRow } from './workflow-columns.ts';

/** Its keys are from `from` to before `end`. */
type EmptiedPart = DefinitionPartTable & { readonly from: number; readonly end: number };

type StoppingFork = Pick<StoppingForkTable, 'parent_id' | 'fork'>;

/** The statements of the hot path: written with Kysely, they are checked against the tables. */
export interface WriteStatements extends ReadStatements, ClaimStatements, PendingStatements {
  readonly deleteEvents: Statement<{ last_event: number }, unknown>;
  readonly limits: LimitStatements;
  readonly renewLease: Statement<
    { id: string; holder: string; token: number; lease_expires_at: number },
    unknown
  >;
  readonly running: Statement<
    Record<string, never>,
    Pick<WorkflowRow, 'id' | 'holder' | 'lease_expires_at'>
  >;
  readonly idempotencyKey: Statement<{ key: string }, { id: string; body_hash: string }>;
  readonly insertDefinition: Statement<DefinitionTable, unknown>;
  readonly insertDecision: Statement<Omit<Selectable<DecisionTable>, 'seq'>, unknown>;
  readonly keepState: Statement<KeptStateTable, unknown>;
  /** Deletes all but the latest `kept`. */
  readonly pruneDecisions: Statement<{ is_change: number; kept: number }, unknown>;
  readonly endedBefore: Statement<
    { id: string; before: number },
    Pick<WorkflowRow, 'id' | 'key' | 'definition_name' | 'status' | 'last_event'>
  >;
  readonly deleteWorkflow: Statement<{ key: number }, unknown>;
  /** If nothing of the definition is left among those keys. */
  readonly dropPart: Statement<EmptiedPart, unknown>;
  /** In their order, from that one on. */
  readonly unfinishedChildren: Statement<
    { parent_id: string; parent_fork: string; next_index: number; limit: number },
    Pick<WorkflowRow, 'id' | 'parent_index'>
  >;
  readonly firstStoppingFork: Statement<Record<string, never>, StoppingForkTable>;
  readonly stoppingFork: Statement<StoppingFork, StoppingForkTable>;
  /** In the place of what was noted of it before. */
  readonly noteStoppingFork: Statement<StoppingForkTable, unknown>;
  readonly forgetStoppingFork: Statement<StoppingFork, unknown>;
}

export function writeStatements(sqlite: Preparer, db: Kysely<ChimeraDatabase>): WriteStatements {
  return {
    ...readStatements(sqlite, db),
    ...claimStatements(sqlite, db),
    ...pendingStatements(sqlite, db),
    limits: limitStatements(sqlite, db),
    deleteEvents: prepared<{ last_event: number }>(sqlite)((arg) =>
      db.deleteFrom('workflow_events').where('seq', 'in', eventsUpTo(db, arg('last_event'))),
    ),
    renewLease: prepared<{ id: string; holder: string; token: number; lease_expires_at: number }>(
      sqlite,
    )((arg) =>
      db
        .updateTable('workflows')
        .set({ lease_expires_at: arg('lease_expires_at') })
        .where(hasId(arg('id')))
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
    insertDefinition: prepared<DefinitionTable>(sqlite)((arg) =>
      db
        .insertInto('workflow_definitions')
        .values(arg.all(['key', 'hash', 'name', 'body', 'created_at']))
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
        .select(['id', 'key', 'definition_name', 'status', 'last_event'])
        .where(hasId(arg('id')))
        .where('finished_at', '<=', arg('before'))
        .where(notAwaited),
    ),
    deleteWorkflow: prepared<{ key: number }>(sqlite)((arg) =>
      db.deleteFrom('workflows').where('key', '=', arg('key')),
    ),
    dropPart: prepared<EmptiedPart>(sqlite)((arg) =>
      db
        .deleteFrom('definition_parts')
        .where('definition_name', '=', arg('definition_name'))
        .where('part', '=', arg('part'))
        .where((eb) =>
          eb.not(
            eb.exists(
              eb
                .selectFrom('workflows')
                .select('key')
                .where('key', '>=', arg('from'))
                .where('key', '<', arg('end'))
                .where('definition_name', '=', arg('definition_name')),
            ),
          ),
        ),
    ),
    unfinishedChildren: prepared<{
      parent_id: string;
      parent_fork: string;
      next_index: number;
      limit: number;
    }>(sqlite)((arg) =>
      db
        .selectFrom('workflows')
        .select(['id', 'parent_index'])
        .where('parent_id', '=', arg('parent_id'))
        .where('parent_fork', '=', arg('parent_fork'))
        .where('parent_index', '>=', arg('next_index'))
        .where('finished_at', 'is', null)
        .orderBy('parent_index')
        .limit(limitOf(arg('limit'))),
    ),
    firstStoppingFork: prepared<Record<string, never>>(sqlite)(() =>
      db.selectFrom('stopping_forks').selectAll().limit(sql.lit(1)),
    ),
    stoppingFork: prepared<StoppingFork>(sqlite)((arg) =>
      db
        .selectFrom('stopping_forks')
        .selectAll()
        .where('parent_id', '=', arg('parent_id'))
        .where('fork', '=', arg('fork')),
    ),
    noteStoppingFork: prepared<StoppingForkTable>(sqlite)((arg) =>
      db
        .replaceInto('stopping_forks')
        .values(arg.all(['parent_id', 'fork', 'next_index', 'spared'])),
    ),
    forgetStoppingFork: prepared<StoppingFork>(sqlite)((arg) =>
      db
        .deleteFrom('stopping_forks')
        .where('parent_id', '=', arg('parent_id'))
        .where('fork', '=', arg('fork')),
    ),
  };
}
