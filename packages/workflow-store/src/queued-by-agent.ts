import { integerOption } from '@chimera/policy';
import { type Kysely, sql } from 'kysely';
import { phaseOf } from './event-data.ts';
import type { StoreContext } from './store-context.ts';
import { parseStored } from './stored-json.ts';
import type { ChimeraDatabase } from './tables.ts';
import type { AgentQueue } from './workflow-store.ts';

export type QueueContext = Pick<StoreContext, 'clock' | 'definitions' | 'limits'>;

/** Counts the `window` next of the short by age and of the others, whatever is queued behind them. */
export async function queuedByAgent(
  db: Kysely<ChimeraDatabase>,
  { clock, definitions, limits }: QueueContext,
  window: number,
): Promise<readonly AgentQueue[]> {
  integerOption('workflow-store', 'window', window, 1);
  const labels = limits.isEmpty ? [] : (['labels'] as const);
  const next = (isShort: 0 | 1) =>
    db
      .selectFrom('workflows')
      .select(['definition_hash', 'phase', ...labels])
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
    .select(['definition_hash', 'phase', ...labels])
    .select(({ fn }) => fn.countAll<number>().as('queued'))
    .groupBy(['definition_hash', 'phase', ...labels])
    .execute();
  const at = clock.now();
  const rooms = new Map<string, number>();
  const byAgent = new Map<string | undefined, number>();
  for (const { definition_hash, labels: text = null, phase, queued } of rows) {
    const definition = definitions.get(definition_hash);
    const { agent, children } = definition === undefined ? {} : phaseOf(definition, phase);
    // It starts them, or tells what they left, and needs a slot for no longer than that.
    if (children !== undefined) continue;
    // A claim that has its slots looks at nobody else: those behind it are not held yet.
    const keys = limits.rules.keysOf(labelsOf(text), agent, undefined);
    const roomOf = (key: string) => rooms.get(key) ?? Math.max(0, limits.room(key, at).room);
    const able = Math.min(queued, ...keys.map(roomOf));
    for (const key of keys) rooms.set(key, roomOf(key) - able);
    if (able > 0) byAgent.set(agent, (byAgent.get(agent) ?? 0) + able);
  }
  return [...byAgent].map(([agent, queued]) => ({
    ...(agent === undefined ? {} : { agent }),
    queued,
  }));
}

/** What is damaged stands aside once it is claimed. */
function labelsOf(text: string | null): Readonly<Record<string, string>> | undefined {
  const labels = text === null ? undefined : parseStored('labels', text);
  return labels === undefined || 'problem' in labels ? undefined : labels.value;
}
