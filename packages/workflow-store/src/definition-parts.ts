import type { DefinitionPartTable } from './tables.ts';
import type { WorkflowRow } from './workflow-columns.ts';

/**
 * Keys stand in parts of so many, and a definition is looked for in those that have workflows of it:
 * a row in thousands of submits, where an index would have one for each.
 */
export const keysPerPart = 2_048;

export function partOf(key: number): number {
  return Math.floor(key / keysPerPart);
}

/** Where these stand; some of it twice when definitions take turns. */
export function partsOf(
  rows: readonly Pick<WorkflowRow, 'definition_name' | 'key'>[],
): readonly DefinitionPartTable[] {
  const parts: DefinitionPartTable[] = [];
  for (const { definition_name, key } of rows) {
    const last = parts.at(-1);
    const part = partOf(key);
    if (last?.part !== part || last.definition_name !== definition_name)
      parts.push({ definition_name, part });
  }
  return parts;
}
