import { type ColumnDefinitionBuilder, type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import { slimRows } from './slim-rows.ts';

/** Forward only. A published migration is never edited: the next change is the next one. */
export const migrations: Readonly<Record<string, Migration>> = {
  '0001-workflows': { up: createWorkflows },
  '0002-decisions': { up: createDecisions },
  '0003-kept-states': { up: createKeptStates },
  '0004-chained-events': { up: chainEvents },
  '0005-schedules': { up: createSchedules },
  '0006-deadlines': { up: createDeadlines },
  '0007-ends-by-status': { up: indexEndsByStatus },
  '0008-children': { up: addChildren },
  '0009-limits': { up: addLimits },
  '0010-children-in-steps': { up: addSteps },
  '0011-fewer-indexes': { up: dropUnfinished },
  '0012-levels': { up: indexLevels },
  '0013-definition-parts': { up: keepParts },
  '0014-slim-rows': { up: slimRows },
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

/**
 * Fewer trees for each transition to touch: a workflow's events are found from its row, each one
 * naming the one before it, and bring along what their outcome added; only inputs stand apart.
 * Queued workflows, most of which soon run, are in no index by status.
 */
async function chainEvents(db: Kysely<unknown>): Promise<void> {
  for (const statement of [
    `create table chained_events (
      seq integer primary key, workflow_key integer not null, previous integer, at integer not null,
      type text not null, data text not null, added text, evidence text)`,
    `insert into chained_events
      select seq, workflow_key, lag(seq) over (partition by workflow_key order by seq), at, type,
        data, null, evidence
      from workflow_events`,
    `alter table workflows add column last_event integer not null default 0`,
    `update workflows set last_event = coalesce(
      (select max(seq) from workflow_events where workflow_key = workflows.key), 0)`,
    `update chained_events
      set added = json_object('artifacts', ${payloadsOf('artifact')}, 'feedback', ${payloadsOf('feedback')})
      where seq in (select last_event from workflows where key in (
        select workflow_key from workflow_payloads where kind <> 'input'))`,
    // The numbers of deleted events are never given to others.
    `insert into kept_states select 'workflow-store', 'last-event', seq
      from sqlite_sequence where name = 'workflow_events'`,
    `drop table workflow_events`,
    `alter table chained_events rename to workflow_events`,
    `create table workflow_inputs (
      workflow_key integer primary key references workflows (key) on delete cascade,
      body text not null)`,
    `insert into workflow_inputs
      select workflow_key, body from workflow_payloads where kind = 'input'`,
    `drop table workflow_payloads`,
    `drop index workflows_by_status`,
    `create index workflows_by_status on workflows (status, key) where status <> 'queued'`,
    `create index workflows_unfinished on workflows (key) where finished_at is null`,
    `create index workflows_by_turn on workflows (run_at) where ageing_key is not null`,
  ])
    await sql.raw(statement).execute(db);
}

async function createSchedules(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('schedules')
    .addColumn('name', 'text', (column) => column.primaryKey())
    .addColumn('timing', 'text', (column) => column.notNull())
    .addColumn('is_paused', 'integer', (column) => column.notNull())
    .addColumn('decided_up_to', 'integer', (column) => column.notNull())
    .addColumn('pending', 'text', (column) => column.notNull())
    .addColumn('active', 'text', (column) => column.notNull())
    .addColumn('last_instant', 'integer')
    .addColumn('last_at', 'integer')
    .addColumn('last_workflow_id', 'text')
    .modifyEnd(sql`without rowid`)
    .execute();
}

/** What ended is kept for a time that depends on how it ended. */
async function indexEndsByStatus(db: Kysely<unknown>): Promise<void> {
  await sql`drop index workflows_finished`.execute(db);
  await sql`create index workflows_by_end
    on workflows (status, finished_at) where finished_at is not null`.execute(db);
}

/** Apart from the hot row: workflows without a deadline pay nothing for those with one. */
async function createDeadlines(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('workflow_deadlines')
    .addColumn('workflow_key', 'integer', (column) =>
      column.primaryKey().references('workflows.key').onDelete('cascade'),
    )
    .addColumn('at', 'integer', (column) => column.notNull())
    .execute();
  await db.schema
    .createIndex('workflow_deadlines_by_instant')
    .on('workflow_deadlines')
    .column('at')
    .execute();
}

/** Whose child a workflow is. The index is unique: what has been started is not started again. */
async function addChildren(db: Kysely<unknown>): Promise<void> {
  for (const statement of [
    `alter table workflows add column parent_id text`,
    `alter table workflows add column parent_fork text`,
    `alter table workflows add column parent_index integer`,
    `create unique index workflows_by_parent on workflows (parent_id, parent_fork, parent_index)
      where parent_id is not null`,
  ])
    await sql.raw(statement).execute(db);
}

/**
 * What the limit of a key holds back stands outside of the indexes of the claim, in two of its own:
 * however much there is of it, a claim does not read it, and the best of a key is found at once.
 */
async function addLimits(db: Kysely<unknown>): Promise<void> {
  for (const statement of [
    `alter table workflows add column held_by text`,
    `drop index workflows_by_ageing`,
    `drop index workflows_by_promotion`,
    `drop index workflows_by_turn`,
    `create index workflows_by_ageing
      on workflows (is_short, ageing_key desc, queued_at, key, run_at, priority, held_by)
      where ageing_key is not null and held_by is null`,
    `create index workflows_by_promotion
      on workflows (is_short, promotion_key desc, queued_at, key, priority, held_by)
      where promotion_key is not null and held_by is null`,
    `create index workflows_by_turn on workflows (run_at)
      where ageing_key is not null and held_by is null`,
    `create index workflows_held_by_ageing
      on workflows (held_by, is_short, ageing_key desc, queued_at, key, priority)
      where held_by is not null`,
    `create index workflows_held_by_promotion
      on workflows (held_by, is_short, promotion_key desc, queued_at, key, priority)
      where held_by is not null`,
    `create table limit_starts (
      seq integer primary key, limit_key text not null, at integer not null, ends_at integer not null)`,
    `create index limit_starts_by_key on limit_starts (limit_key, at)`,
    `create index limit_starts_by_end on limit_starts (ends_at)`,
  ])
    await sql.raw(statement).execute(db);
}

/** How many children may run at a time; and the forks whose many children are being stopped, step by step. */
async function addSteps(db: Kysely<unknown>): Promise<void> {
  for (const statement of [
    `alter table workflows add column parent_limit integer`,
    `create table stopping_forks (
      parent_id text not null, fork text not null, next_index integer not null,
      spared text not null, primary key (parent_id, fork)) without rowid`,
  ])
    await sql.raw(statement).execute(db);
}

/** Lists of what is queued find it without: each submit and each end wrote an index for them alone. */
async function dropUnfinished(db: Kysely<unknown>): Promise<void> {
  await sql`drop index workflows_unfinished`.execute(db);
}

/**
 * Of one priority, and short or not, the older stand before the younger by all orders of a claim: one
 * index has them all, instead of one for each order and one that says how old the oldest is.
 */
async function indexLevels(db: Kysely<unknown>): Promise<void> {
  for (const statement of [
    `drop index workflows_by_ageing`,
    `drop index workflows_by_promotion`,
    `drop index workflows_by_turn`,
    `drop index workflows_held_by_ageing`,
    `drop index workflows_held_by_promotion`,
    `alter table workflows drop column ageing_key`,
    `alter table workflows drop column promotion_key`,
    // run_at rides along so that the oldest can be found without touching a row.
    `create index workflows_by_level
      on workflows (is_short, priority, queued_at, key, run_at, held_by)
      where is_short is not null and held_by is null`,
    `create index workflows_held_by_level
      on workflows (held_by, is_short, priority, queued_at, key)
      where held_by is not null`,
  ])
    await sql.raw(statement).execute(db);
}

/** An index of all workflows by their definition was written by each submit; see `definition-parts.ts`. */
async function keepParts(db: Kysely<unknown>): Promise<void> {
  for (const statement of [
    `create table definition_parts (
      definition_name text not null, part integer not null,
      primary key (definition_name, part)) without rowid`,
    `insert into definition_parts select distinct definition_name, key / 2048 from workflows`,
    `drop index workflows_by_definition`,
  ])
    await sql.raw(statement).execute(db);
}

function payloadsOf(kind: 'artifact' | 'feedback'): string {
  // json() again: what comes out of a subquery is a text.
  return `json((select json_group_array(json(body)) from (
    select body from workflow_payloads
    where workflow_key = chained_events.workflow_key and kind = '${kind}' order by position)))`;
}

function ofWorkflow(column: ColumnDefinitionBuilder): ColumnDefinitionBuilder {
  return column.notNull().references('workflows.key').onDelete('cascade');
}
