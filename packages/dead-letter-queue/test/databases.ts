import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import Database from 'better-sqlite3';
import { Kysely, PGliteDialect, sql, SqliteDialect } from 'kysely';

/** Where requeued work goes: the caller's own table, beside the dead letters. */
export interface JobTables {
  jobs: { task_id: string; dead_letter_id: string };
}

export interface TestDatabase {
  readonly db: Kysely<JobTables>;
  readonly close: () => Promise<void>;
}

export const databases: readonly (readonly [string, () => Promise<TestDatabase>])[] = [
  ['SQLite', openSqlite],
  ['PostgreSQL', openPostgres],
];

export async function openSqlite(): Promise<TestDatabase> {
  const directory = mkdtempSync(join(tmpdir(), 'dead-letters-'));
  const db = sqliteAt(join(directory, 'letters.db'));
  // These files outlive no power cut; crash.test.ts keeps the default.
  await sql`pragma synchronous = off`.execute(db);
  await createJobs(db);
  const close = async () => {
    await db.destroy();
    rmSync(directory, { recursive: true });
  };
  return { db, close };
}

async function openPostgres(): Promise<TestDatabase> {
  const db = new Kysely<JobTables>({ dialect: new PGliteDialect({ pglite: new PGlite() }) });
  await createJobs(db);
  return { db, close: () => db.destroy() };
}

export function sqliteAt(file: string): Kysely<JobTables> {
  return new Kysely<JobTables>({ dialect: new SqliteDialect({ database: new Database(file) }) });
}

export async function createJobs(db: Kysely<JobTables>): Promise<void> {
  await db.schema
    .createTable('jobs')
    .ifNotExists()
    .addColumn('task_id', 'text')
    .addColumn('dead_letter_id', 'text')
    .execute();
}
