import { integerOption } from '@chimera/policy';
import { type Kysely, sql } from 'kysely';
import { phaseOf } from './event-data.ts';
import { LevelReader } from './level-reader.ts';
import type { LevelStatements } from './level-statements.ts';
import type { StoreContext } from './store-context.ts';
import { parseStored } from './stored-json.ts';
import type { ChimeraDatabase } from './tables.ts';
import type { AgentQueue } from './workflow-store.ts';

export type QueueContext = Pick<StoreContext, 'claimKeys' | 'clock' | 'definitions' | 'limits'>;

/** Counts the `window` next of the short by age and of the others, whatever is queued behind them. */
export async function queuedByAgent(
  db: Kysely<ChimeraDatabase>,
  levels: LevelStatements,
  { claimKeys, clock, definitions, limits }: QueueContext,
  window: number,
): Promise<readonly AgentQueue[]> {
  integerOption('workflow-store', 'window', window, 1);
  const labels = limits.isEmpty ? [] : (['labels'] as const);
  const reader = new LevelReader(levels, claimKeys, { window, minPriority: 0, heldBy: null });
  const next = [true, false].flatMap((isShort) => reader.first('ageingKey', isShort));
  const keys = JSON.stringify(next.map(({ key }) => key));
  const rows = await db
    .selectFrom('workflows')
    .where('key', 'in', sql<number>`(select value from json_each(${keys}))`)
    .where('is_short', 'is not', null)
    .where('held_by', 'is', null)
    .select(['definition_key', 'phase', ...labels])
    .select(({ fn }) => fn.countAll<number>().as('queued'))
    .groupBy(['definition_key', 'phase', ...labels])
    .execute();
  const at = clock.now();
  const rooms = new Map<string, number>();
  const byAgent = new Map<string | undefined, number>();
  for (const { definition_key, labels: text = null, phase, queued } of rows) {
    const definition = definitions.at(definition_key);
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
