import { type Kysely, sql } from 'kysely';

/**
 * Rows without an index of their ids, which each submit wrote, and with a number in place of their
 * definition's hash. SQLite takes neither from a table that is there: each is written anew, which
 * nobody may refer to meanwhile (`migrate.ts`).
 */
export async function slimRows(db: Kysely<unknown>): Promise<void> {
  if (!(await doIdsRise(db))) await run(db, keysByIds);
  await run(db, numberedDefinitions);
  await run(db, slimWorkflows);
  const { rows: lost } = await sql`pragma foreign_key_check`.execute(db);
  if (lost.length > 0)
    throw new Error(`workflow-store: ${lost.length} rows would belong to no workflow`);
}

async function run(db: Kysely<unknown>, statements: readonly string[]): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

/** They do, unless the clock was put back while the program did not run. */
async function doIdsRise(db: Kysely<unknown>): Promise<boolean> {
  const { rows } = await sql`select 1 from (
    select id, lag(id) over (order by key) as before from workflows) where id < before limit 1
  `.execute(db);
  return rows.length === 0;
}

/** By way of negative ones, as no two rows may have the same key in between. */
const keysByIds: readonly string[] = [
  `create table rising_keys (old integer primary key, key integer not null)`,
  `insert into rising_keys select key, row_number() over (order by id) from workflows`,
  ...[
    ['workflows', 'key'],
    ['workflow_inputs', 'workflow_key'],
    ['workflow_deadlines', 'workflow_key'],
    ['workflow_events', 'workflow_key'],
    ['idempotency_keys', 'workflow_key'],
  ].flatMap(([table, column]) => [
    `update ${table} set ${column} =
      -(select rising_keys.key from rising_keys where old = ${table}.${column})`,
    `update ${table} set ${column} = -${column}`,
  ]),
  `drop table rising_keys`,
  `delete from definition_parts`,
  `insert into definition_parts select distinct definition_name, key / 2048 from workflows`,
];

const numberedDefinitions: readonly string[] = [
  `create table numbered_definitions (
    key integer primary key, hash text not null unique, name text not null, body text not null,
    created_at integer not null)`,
  `insert into numbered_definitions (hash, name, body, created_at)
    select hash, name, body, created_at from workflow_definitions order by created_at, hash`,
  `drop table workflow_definitions`,
  `alter table numbered_definitions rename to workflow_definitions`,
];

const kept = `priority, estimate_ms, labels, status, phase, state, queued_at, run_at, is_short,
  held_by, due_at, token, holder, lease_expires_at, created_at, started_at, updated_at, finished_at,
  last_event, parent_id, parent_fork, parent_index, parent_limit`;

const slimWorkflows: readonly string[] = [
  `create table slim_workflows (
    key integer primary key, id text not null, definition_name text not null,
    definition_key integer not null references workflow_definitions (key),
    priority integer not null, estimate_ms real, labels text, status text not null,
    phase text not null, state text not null, queued_at integer not null, run_at integer not null,
    is_short integer, held_by text, due_at integer, token integer not null, holder text,
    lease_expires_at integer, created_at integer not null, started_at integer,
    updated_at integer not null, finished_at integer, last_event integer not null default 0,
    parent_id text, parent_fork text, parent_index integer, parent_limit integer)`,
  `insert into slim_workflows
    select key, id, definition_name,
      (select known.key from workflow_definitions as known where hash = definition_hash), ${kept}
    from workflows order by key`,
  `drop table workflows`,
  `alter table slim_workflows rename to workflows`,
  `create index workflows_due on workflows (due_at) where due_at is not null`,
  `create index workflows_by_end on workflows (status, finished_at) where finished_at is not null`,
  `create index workflows_by_status on workflows (status, key) where status <> 'queued'`,
  `create unique index workflows_by_parent on workflows (parent_id, parent_fork, parent_index)
    where parent_id is not null`,
  // run_at rides along so that the oldest can be found without touching a row.
  `create index workflows_by_level on workflows (is_short, priority, queued_at, key, run_at, held_by)
    where is_short is not null and held_by is null`,
  `create index workflows_held_by_level on workflows (held_by, is_short, priority, queued_at, key)
    where held_by is not null`,
];
