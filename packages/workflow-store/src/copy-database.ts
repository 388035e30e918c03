import type { Database } from 'better-sqlite3';
import type { Kysely } from 'kysely';
import type { ChimeraDatabase } from './tables.ts';

/** Between two steps the event loop turns. */
const pagesPerStep = 100;

/**
 * Copies a database that is in use. It begins while nobody has a transaction on the connection:
 * inside of one SQLite copies nothing, and better-sqlite3 takes that for the end.
 */
export async function copyDatabase(
  path: string,
  writer: Database,
  db: Kysely<ChimeraDatabase>,
): Promise<void> {
  const { copied } = await db.connection().execute(async () => {
    const begun = Promise.withResolvers<void>();
    const progress = () => {
      begun.resolve();
      return pagesPerStep;
    };
    const copied = writer.backup(path, { progress });
    await Promise.race([begun.promise, copied]);
    return { copied };
  });
  await copied;
}
