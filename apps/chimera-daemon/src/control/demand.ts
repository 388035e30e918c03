import type { WorkflowStore } from '@chimera/workflow-store';

/** What the pool's size is decided on. */
export interface Demand {
  /** Workflows that could run now if there were a slot. */
  readonly queued: number;
  /** Since when the longest-waiting of them waits; undefined when there is none, or it is not known. */
  readonly oldestQueuedAt?: number;
  /** Why more slots would only mean more refusals; undefined when they would not. */
  readonly blocked?: string;
}

export interface DemandSources {
  readonly store: Pick<WorkflowStore, 'depth' | 'queuedByAgent'>;
  /** Agents whose breaker lets nothing through now, or only its probes. */
  readonly refusing: () => ReadonlySet<string>;
}

/** Looked at while an agent refuses: far more than any pool would be sized for. */
const window = 1_000;

/**
 * Counts the work that new slots would run. Work for an agent whose breaker is not closed is none:
 * a slot for it would only be refused. Growth is blocked when all there is to do is of that kind,
 * and the size is held too, since that demand comes back with the agent.
 */
export async function readDemand({ refusing, store }: DemandSources): Promise<Demand> {
  const { oldestQueuedAt, queued, waiting } = await store.depth();
  const ill = refusing();
  if (ill.size === 0) {
    return { queued, ...(oldestQueuedAt === undefined ? {} : { oldestQueuedAt }) };
  }
  let able = 0;
  for (const next of await store.queuedByAgent(window)) {
    if (next.agent === undefined || !ill.has(next.agent)) able += next.queued;
  }
  if (able > 0 || queued + waiting === 0) return { queued: able };
  const names = [...ill].join(', ');
  return { queued: 0, blocked: `all that waits may need ${names}, and the breaker refuses` };
}
