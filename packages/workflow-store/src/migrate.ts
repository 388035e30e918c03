import { type Kysely, sql } from 'kysely';
import { Migrator } from 'kysely/migration';
import { migrations } from './migrations.ts';
import { StoreError } from './store-error.ts';

// Names of its own: other parts keep tables, and migrations, in the same file.
const migrationTableName = 'workflow_store_migrations';
const migrationLockTableName = 'workflow_store_migrations_lock';

/** Brings the schema up to date; refuses a file that a later version has written. */
export async function migrate<Tables>(db: Kysely<Tables>, path: string): Promise<void> {
  const unknown = (await executedMigrations(db)).filter((name) => !(name in migrations));
  if (unknown.length > 0)
    throw new StoreError(
      'STORE_SCHEMA_TOO_NEW',
      path,
      `${path} was written by a later version (it has ${unknown.join(', ')}); update this program, or restore a backup from before`,
    );
  const migrator = new Migrator({
    db,
    provider: { getMigrations: () => Promise.resolve({ ...migrations }) },
    migrationTableName,
    migrationLockTableName,
  });
  // A table that others refer to is replaced only while SQLite does not look after them.
  await sql`pragma foreign_keys = off`.execute(db);
  const { error } = await migrator.migrateToLatest();
  await sql`pragma foreign_keys = on`.execute(db);
  if (error !== undefined) throw error;
}

async function executedMigrations<Tables>(db: Kysely<Tables>): Promise<readonly string[]> {
  const tables = await db.introspection.getTables({ withInternalKyselyTables: true });
  if (!tables.some(({ name }) => name === migrationTableName)) return [];
  const { rows } = await sql<{
    name: string;
  }>`select name from ${sql.table(migrationTableName)}`.execute(db);
  return rows.map(({ name }) => name);
}
