import { type Kysely, sql } from 'kysely';
import type { DeadLetterTables } from './dead-letter-row.ts';
import { DeadLetterSchemaTooNewError } from './errors.ts';
import { type Migration, Migrator } from 'kysely/migration';

/**
 * Brings the table up to date. Forward only; what has run is kept in tables of its own.
 *
 * @throws DeadLetterSchemaTooNewError when a later version has written it
 */
export async function migrateTo(db: Kysely<DeadLetterTables>, table: string): Promise<void> {
  const migrations = migrationsOf(table);
  const migrationTableName = `${table}_migrations`;
  const migrator = new Migrator({
    db,
    provider: { getMigrations: () => Promise.resolve(migrations) },
    migrationTableName,
    migrationLockTableName: `${migrationTableName}_lock`,
  });
  const { error } = await migrator.migrateToLatest();
  if (error === undefined) return;
  const names = await namesIn(db, migrationTableName).catch(() => []);
  const later = names.filter((name) => !(name in migrations));
  throw later.length === 0 ? error : new DeadLetterSchemaTooNewError(table, later, error);
}

async function namesIn(db: Kysely<DeadLetterTables>, table: string): Promise<readonly string[]> {
  const { rows } = await sql<{ name: string }>`select name from ${sql.table(table)}`.execute(db);
  return rows.map(({ name }) => name);
}

function migrationsOf(table: string): Record<string, Migration> {
  return {
    '0001-dead-letters': {
      up: async (db: Kysely<unknown>) => {
        await db.schema
          .createTable(table)
          .addColumn('id', 'text', (column) => column.primaryKey())
          .addColumn('task_id', 'text', (column) => column.notNull())
          .addColumn('status', 'text', (column) => column.notNull())
          .addColumn('fingerprint', 'text', (column) => column.notNull())
          .addColumn('phase', 'text')
          .addColumn('agent', 'text')
          .addColumn('workflow_state', 'text', (column) => column.notNull())
          .addColumn('error', 'text', (column) => column.notNull())
          .addColumn('attempts', 'text', (column) => column.notNull())
          .addColumn('retry_count', 'integer', (column) => column.notNull())
          .addColumn('failed_at', 'bigint', (column) => column.notNull())
          .addColumn('death', 'integer', (column) => column.notNull())
          .addColumn('replays', 'integer', (column) => column.notNull())
          .addColumn('previous_id', 'text')
          .addColumn('investigated_at', 'bigint')
          .addColumn('investigated_by', 'text')
          .addColumn('note', 'text')
          .addColumn('resolution', 'text')
          .addColumn('resolved_at', 'bigint')
          .addColumn('resolved_by', 'text')
          .addColumn('requeued_at', 'bigint')
          .addColumn('requeued_by', 'text')
          .addColumn('requeued_with', 'text')
          .execute();
        await addIndexes(db, table, {
          failed_at: ['failed_at', 'id'],
          status: ['status', 'failed_at', 'id'],
          task_id: ['task_id', 'death'],
          fingerprint: ['fingerprint', 'failed_at', 'id'],
          previous_id: ['previous_id'],
        });
      },
    },
    // Rows are large: groups are counted without reading them, and few among many are found.
    '0002-groups': {
      up: async (db: Kysely<unknown>) => {
        await addIndexes(db, table, {
          group: ['status', 'fingerprint', 'failed_at', 'id', 'task_id'],
          phase: ['phase', 'failed_at', 'id'],
          agent: ['agent', 'failed_at', 'id'],
        });
      },
    },
  };
}

async function addIndexes(
  db: Kysely<unknown>,
  table: string,
  indexes: Readonly<Record<string, readonly string[]>>,
): Promise<void> {
  for (const [name, columns] of Object.entries(indexes))
    await db.schema
      .createIndex(`${table}_by_${name}`)
      .on(table)
      .columns([...columns])
      .execute();
}
