import type { ChimeraClient } from '@chimera/client';
import { fullId } from './full-id.ts';

/** Of the workflow whose id begins like this. */
export function workflowId(client: ChimeraClient, given: string): Promise<string> {
  return fullId(given, async (filter) => {
    const { items } = await client.list(filter);
    return items.map(({ definition, id, phase, status }) => [id, definition, status, phase]);
  });
}
