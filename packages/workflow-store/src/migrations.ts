import { type ColumnDefinitionBuilder, type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Forward only. A published migration is never edited: the next change is the next one. */
export const migrations: Readonly<Record<string, Migration>> = {
  '0001-workflows': { up: createWorkflows },
  '0002-decisions': { up: createDecisions },
  '0003-kept-states': { up: createKeptStates },
};

async function createWorkflows(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('workflow_definitions')
    .addColumn('hash', 'text', (column) => column.primaryKey())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('body', 'text', (column) => column.notNull())
    .addColumn('created_at', 'integer', (column) => column.notNull())
    .execute();
  await db.schema
    .createTable('workflows')
    .addColumn('key', 'integer', (column) => column.primaryKey())
    .addColumn('id', 'text', (column) => column.notNull().unique())
    .addColumn('definition_name', 'text', (column) => column.notNull())
    .addColumn('definition_hash', 'text', (column) =>
      column.notNull().references('workflow_definitions.hash'),
    )
    .addColumn('priority', 'integer', (column) => column.notNull())
    .addColumn('estimate_ms', 'real')
    .addColumn('labels', 'text')
    .addColumn('status', 'text', (column) => column.notNull())
    .addColumn('phase', 'text', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('queued_at', 'integer', (column) => column.notNull())
    .addColumn('run_at', 'integer', (column) => column.notNull())
    .addColumn('ageing_key', 'real')
    .addColumn('promotion_key', 'real')
    .addColumn('is_short', 'integer')
    .addColumn('due_at', 'integer')
    .addColumn('token', 'integer', (column) => column.notNull())
    .addColumn('holder', 'text')
    .addColumn('lease_expires_at', 'integer')
    .addColumn('created_at', 'integer', (column) => column.notNull())
    .addColumn('started_at', 'integer')
    .addColumn('updated_at', 'integer', (column) => column.notNull())
    .addColumn('finished_at', 'integer')
    .execute();
  // Claims read the ends of these two alone, in order: as fast with a million pending as with a
  // thousand. run_at rides along so that the oldest can be found without touching a row.
  await sql`create index workflows_by_ageing
    on workflows (is_short, ageing_key desc, queued_at, key, run_at, priority)
    where ageing_key is not null`.execute(db);
  await sql`create index workflows_by_promotion
    on workflows (is_short, promotion_key desc, queued_at, key, priority)
    where promotion_key is not null`.execute(db);
  await sql`create index workflows_due on workflows (due_at) where due_at is not null`.execute(db);
  await sql`create index workflows_finished
    on workflows (finished_at) where finished_at is not null`.execute(db);
  await db.schema
    .createIndex('workflows_by_status')
    .on('workflows')
    .columns(['status', 'key'])
    .execute();
  await db.schema
    .createIndex('workflows_by_definition')
    .on('workflows')
    .columns(['definition_name', 'key'])
    .execute();
  await db.schema
    .createTable('workflow_payloads')
    .addColumn('workflow_key', 'integer', (column) => ofWorkflow(column))
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('position', 'integer', (column) => column.notNull())
    .addColumn('body', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('workflow_payloads_key', ['workflow_key', 'kind', 'position'])
    // One tree instead of table and index: a commit writes whole pages, one for every tree touched.
    .modifyEnd(sql`without rowid`)
    .execute();
  await db.schema
    .createTable('workflow_events')
    // AUTOINCREMENT: the number of a deleted event is never given to another.
    .addColumn('seq', 'integer', (column) => column.primaryKey().autoIncrement())
    .addColumn('workflow_key', 'integer', (column) => ofWorkflow(column))
    .addColumn('at', 'integer', (column) => column.notNull())
    .addColumn('type', 'text', (column) => column.notNull())
    .addColumn('data', 'text', (column) => column.notNull())
    .addColumn('evidence', 'text')
    .execute();
  await db.schema
    .createIndex('workflow_events_by_workflow')
    .on('workflow_events')
    .column('workflow_key')
    .execute();
  await db.schema
    .createTable('idempotency_keys')
    .addColumn('key', 'text', (column) => column.primaryKey())
    .addColumn('workflow_key', 'integer', (column) => ofWorkflow(column))
    .addColumn('body_hash', 'text', (column) => column.notNull())
    .execute();
  await db.schema
    .createIndex('idempotency_keys_by_workflow')
    .on('idempotency_keys')
    .column('workflow_key')
    .execute();
}

async function createDecisions(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('decisions')
    .addColumn('seq', 'integer', (column) => column.primaryKey().autoIncrement())
    .addColumn('at', 'integer', (column) => column.notNull())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('is_change', 'integer', (column) => column.notNull())
    .addColumn('data', 'text', (column) => column.notNull())
    .execute();
  await db.schema
    .createIndex('decisions_by_change')
    .on('decisions')
    .columns(['is_change', 'seq'])
    .execute();
}

async function createKeptStates(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('kept_states')
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('body', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('kept_states_key', ['kind', 'name'])
    .modifyEnd(sql`without rowid`)
    .execute();
}

function ofWorkflow(column: ColumnDefinitionBuilder): ColumnDefinitionBuilder {
  return column.notNull().references('workflows.key').onDelete('cascade');
}
