import { createLog } from '@chimera/chimera-daemon';
import { systemClock } from '@chimera/policy';
import { openState } from '../../apps/chimera-daemon/src/open-state.ts';

/** An empty database that is up to date: most of a short run would else be spent on making it. */
export async function makeTemplate(path: string): Promise<string> {
  const log = createLog('silent');
  const { store } = await openState(path, 'crash', { clock: systemClock, log });
  await store.close();
  return path;
}
