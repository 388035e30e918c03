import type { Kysely } from 'kysely';
import type { Definitions } from './definitions.ts';
import { phaseOf } from './event-data.ts';
import type { KeyLimits } from './key-limits.ts';
import { notQueued } from './read-statements.ts';
import { parseStored } from './stored-json.ts';
import type { LimitStatements } from './limit-statements.ts';
import type { ChimeraDatabase } from './tables.ts';

/** Counts what runs, lets go what no limit holds any more, and has the rest looked at by the next claim. */
export async function beginLimits(
  limits: KeyLimits,
  sql: LimitStatements,
  db: Kysely<ChimeraDatabase>,
  definitions: Definitions,
): Promise<void> {
  const running = await db
    .selectFrom('workflows')
    .select(['definition_key', 'labels', 'phase', 'parent_id', 'parent_fork', 'parent_limit'])
    .where('status', '=', 'running')
    .where(notQueued)
    .execute();
  for (const row of running) {
    const { definition_key, labels, phase } = row;
    const definition = definitions.at(definition_key);
    const parsed = labels === null ? undefined : parseStored('labels', labels);
    const known = parsed !== undefined && 'value' in parsed ? parsed.value : undefined;
    const agent = definition && phaseOf(definition, phase).agent;
    const { parent_fork, parent_id, parent_limit } = row;
    const parent =
      parent_limit === null
        ? undefined
        : { id: parent_id ?? '', fork: parent_fork ?? '', maxParallel: parent_limit };
    limits.begin(limits.rules.keysOf(known, agent, parent));
  }
  for (const key of limits.heldKeys())
    if (limits.rules.ruleOf(key) === undefined) sql.releaseAll.run({ held_by: key });
    else limits.unsettle([key]);
}
