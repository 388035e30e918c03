import type { Kysely } from 'kysely';
import { siblingKeys } from './sibling-rule.ts';
import type { ChimeraDatabase } from './tables.ts';

/** On each side of the siblings: who asks does so time and again, and reads a part of the index at most. */
const mostCounted = 10_000;

/** How many claimable workflows a label's or an agent's limit keeps from being claimed. */
export async function heldCount(db: Kysely<ChimeraDatabase>): Promise<number> {
  const counted = async (side: '<' | '>', key: string): Promise<number> => {
    const some = db
      .selectFrom('workflows')
      .select('key')
      .where('held_by', side, key)
      .limit(mostCounted);
    const { held } = await db
      .selectFrom(some.as('some'))
      .select(({ fn }) => fn.countAll<number>().as('held'))
      .executeTakeFirstOrThrow();
    return held;
  };
  const sides = await Promise.all([counted('<', siblingKeys.from), counted('>', siblingKeys.to)]);
  return sides[0] + sides[1];
}
