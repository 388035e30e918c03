import type { ReadinessView } from '@chimera/client';

export interface ReadinessSources {
  readonly isDraining: () => boolean;
  /** Why the store does not answer; null when it does. */
  readonly storeError: () => Promise<string | null>;
  /** Why its disk cannot be written; null when it can. */
  readonly diskError: () => Promise<string | null>;
}

/** Whether new work should be sent here. */
export async function readiness(sources: ReadinessSources): Promise<ReadinessView> {
  const [store, disk] = await Promise.all([sources.storeError(), sources.diskError()]);
  const checks = [
    { name: 'accepting', reason: sources.isDraining() ? 'it is stopping' : null },
    { name: 'store', reason: store },
    { name: 'disk', reason: disk },
  ];
  return { ready: checks.every(({ reason }) => reason === null), checks };
}
