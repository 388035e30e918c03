import { integerOption } from '@chimera/policy';
import { type Kysely, sql } from 'kysely';
import { phaseOf } from './event-data.ts';
import type { Definitions } from './definitions.ts';
import type { ChimeraDatabase } from './tables.ts';
import type { AgentQueue } from './workflow-store.ts';

/** Counts the `window` next of the short by age and of the others, whatever is queued behind them. */
export async function queuedByAgent(
  db: Kysely<ChimeraDatabase>,
  definitions: Pick<Definitions, 'get'>,
  window: number,
): Promise<readonly AgentQueue[]> {
  integerOption('workflow-store', 'window', window, 1);
  const next = (isShort: 0 | 1) =>
    db
      .selectFrom('workflows')
      .select(['definition_hash', 'phase'])
      .where('is_short', '=', sql.lit(isShort))
      .where('ageing_key', 'is not', null)
      .where('held_by', 'is', null)
      .orderBy('ageing_key', 'desc')
      .orderBy('queued_at')
      .orderBy('key')
      .limit(window);
  const [short, others] = [next(1).as('short'), next(0).as('others')];
  const rows = await db
    .selectFrom(
      db.selectFrom(short).selectAll().unionAll(db.selectFrom(others).selectAll()).as('next'),
    )
    .select(({ fn }) => ['definition_hash', 'phase', fn.countAll<number>().as('queued')])
    .groupBy(['definition_hash', 'phase'])
    .execute();
  const byAgent = new Map<string | undefined, number>();
  for (const { definition_hash, phase, queued } of rows) {
    const definition = definitions.get(definition_hash);
    const { agent, children } = definition === undefined ? {} : phaseOf(definition, phase);
    // It starts them, or tells what they left, and needs a slot for no longer than that.
    if (children !== undefined) continue;
    byAgent.set(agent, (byAgent.get(agent) ?? 0) + queued);
  }
  return [...byAgent].map(([agent, queued]) => ({
    ...(agent === undefined ? {} : { agent }),
    queued,
  }));
}
