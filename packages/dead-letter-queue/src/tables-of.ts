import type { Kysely } from 'kysely';
import type { DeadLetterTables } from './dead-letter-row.ts';

/**
 * The caller's database, seen as ours. Its plugins are left out: they would rename our columns or
 * parse our JSON.
 */
export function tablesOf<DB>(db: Kysely<DB>): Kysely<DeadLetterTables> {
  return db.withoutPlugins() as unknown as Kysely<DeadLetterTables>;
}
