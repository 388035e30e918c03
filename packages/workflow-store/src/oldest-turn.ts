import { nextMacrotask } from '@chimera/policy';
import type { Kysely } from 'kysely';
import type { LevelHead, LevelStatements } from './level-statements.ts';
import type { ChimeraDatabase } from './tables.ts';

/** Mostly the first has waited longest. */
const firstPart = 32;
/** Read in one turn of the event loop. */
const largestPart = 2_000;

/**
 * When the one became claimable that has been so for longest. Nobody does before being queued: who
 * was queued after the oldest that has been found so far need not be looked at.
 */
export async function oldestTurn(
  db: Kysely<ChimeraDatabase>,
  levels: LevelStatements,
): Promise<number | undefined> {
  let oldest = Infinity;
  for (const head of levels.heads.all({ held_by: null })) {
    let next: LevelHead | undefined = head;
    for (let limit = firstPart; next !== undefined; limit = Math.min(2 * limit, largestPart)) {
      const rows = await turnsFrom(db, next, limit);
      const older = rows.filter(({ queued_at }) => queued_at < oldest);
      oldest = older.reduce((least, { run_at }) => Math.min(least, run_at), oldest);
      const last = rows.at(-1);
      const isLast = last === undefined || rows.length < limit || last.queued_at >= oldest;
      next = isLast ? undefined : { ...head, ...last };
      if (next !== undefined) await nextMacrotask();
    }
  }
  return oldest === Infinity ? undefined : oldest;
}

function turnsFrom(
  db: Kysely<ChimeraDatabase>,
  { is_short, key, priority, queued_at }: LevelHead,
  limit: number,
) {
  return db
    .selectFrom('workflows')
    .select(['key', 'queued_at', 'run_at'])
    .where('is_short', '=', is_short)
    .where('priority', '=', priority)
    .where('held_by', 'is', null)
    .where((eb) => eb(eb.refTuple('queued_at', 'key'), '>=', eb.tuple(queued_at, key)))
    .orderBy('queued_at')
    .orderBy('key')
    .limit(limit)
    .execute();
}
