import { killLeftovers } from '@chimera/agents';
import type { Clock } from '@chimera/policy';
import type { WorkflowRecord, WorkflowStore } from '@chimera/workflow-store';
import type { Logger } from './log.ts';

/** Names every child process of this database's daemons, so that those of dead ones can be found. */
export interface RunMarker {
  readonly database: string;
  readonly instance: string;
}

export function markerText({ database, instance }: RunMarker): string {
  return `${instance} ${database}`;
}

/** An instance has no spaces, a path may: the end of another database's could be all of this one's. */
function isOf(marker: string, database: string): boolean {
  return marker.slice(marker.indexOf(' ') + 1) === database;
}

/**
 * What a crash left, before anything new is claimed: its child processes are killed, then its
 * running workflows are queued again; children that it was stopping are stopped. Returns all that
 * moved. The database belongs to one daemon at a time, so every lease that is not this instance's is
 * a dead one's.
 */
export async function recover(
  store: WorkflowStore,
  marker: RunMarker,
  { clock, log }: { readonly clock: Clock; readonly log: Logger },
): Promise<readonly WorkflowRecord[]> {
  const ours = markerText(marker);
  const { killed, survivors } = await killLeftovers(
    (found) => found !== ours && isOf(found, marker.database),
    { clock },
  );
  for (const { pid, command } of killed) {
    log.warn(
      { component: 'recovery', pid, command },
      'killed a process that a crashed daemon left',
    );
  }
  for (const { pid, command } of survivors) {
    log.error(
      { component: 'recovery', pid, command },
      'a process of a crashed daemon cannot be killed; kill it by hand',
    );
  }
  const recovered = await store.recover({
    deadHolders: (holder) => holder !== marker.instance,
    now: clock.now(),
  });
  for (const { record } of recovered) {
    const { id, state } = record;
    const { phase, status } = state;
    log.warn(
      { component: 'recovery', task_id: id, workflow_phase: phase },
      `a crash interrupted it; it is ${status === 'queued' ? 'queued again' : status}`,
    );
  }
  const stopped = await store.stopChildren();
  return [...recovered.flatMap(({ others, record }) => [record, ...others]), ...stopped];
}
