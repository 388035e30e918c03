import { choiceOption, durationOption, integerOption } from '@chimera/policy';
import { sql } from 'kysely';
import { checkList } from './checked-input.ts';
import { deadLetterStatuses } from './dead-letter.ts';
import { boundOption } from './instant.ts';
import type { PurgeOptions } from './options.ts';
import type { DeadLetterSource } from './reading.ts';

const owner = 'dead-letter-queue';

export async function purgeFrom(
  { db, table }: DeadLetterSource,
  options: PurgeOptions,
  now: number,
): Promise<number> {
  const { olderThan, statuses = ['resolved', 'discarded', 'requeued'], batchSize = 500 } = options;
  checkList('statuses', statuses);
  for (const status of statuses) choiceOption(owner, 'statuses', status, deadLetterStatuses);
  integerOption(owner, 'batchSize', batchSize, 1, 10_000);
  const before = boundOption('olderThan', now - durationOption(owner, 'olderThan', olderThan));
  if (statuses.length === 0) return 0;
  const closedAt = sql<number>`coalesce(resolved_at, requeued_at, failed_at)`;
  const old = db
    .selectFrom(table)
    .select('id')
    .where('status', 'in', statuses)
    .where(closedAt, '<', before)
    .orderBy('failed_at')
    .limit(batchSize);
  let purged = 0;
  for (;;) {
    const result = await db.deleteFrom(table).where('id', 'in', old).executeTakeFirstOrThrow();
    purged += Number(result.numDeletedRows);
    if (result.numDeletedRows < batchSize) return purged;
  }
}
