import type { WorkflowStore } from '@chimera/workflow-store';

/** What the pool's size is decided on. */
export interface Demand {
  /** Workflows that could run now if there were a slot; see `window`. */
  readonly queued: number;
  /** Why more slots would only mean more refusals; undefined when they would not. */
  readonly blocked?: string;
}

export interface DemandSources {
  readonly store: Pick<WorkflowStore, 'queuedByAgent' | 'nextDueAt'>;
  /** Agents that take no work now: their breaker refuses, or their provider limits the rate. */
  readonly refusing: () => ReadonlySet<string>;
}

/**
 * The next 1,000 short ones and 1,000 others are counted: more than any pool is sized for, and as
 * fast with a million queued, which a count of all would not be, second after second.
 */
const window = 1_000;

/**
 * Counts the work that new slots would run. Work for an agent that takes none now is no demand:
 * a slot for it would only be refused. What a limit holds back is none either. Growth is blocked
 * when all there is to do is of that kind, and the size is held too, since that demand comes back
 * with the agent.
 */
export async function readDemand({ refusing, store }: DemandSources): Promise<Demand> {
  const ill = refusing();
  let able = 0;
  let refused = 0;
  for (const { agent, queued } of await store.queuedByAgent(window)) {
    if (agent !== undefined && ill.has(agent)) refused += queued;
    else able += queued;
  }
  if (able > 0 || ill.size === 0) return { queued: able };
  // What is parked for an agent is due when its breaker probes, or its gate opens.
  const isAwaited = refused > 0 || (await store.nextDueAt()) !== undefined;
  if (!isAwaited) return { queued: 0 };
  const names = [...ill].join(', ');
  return {
    queued: 0,
    blocked: `all that waits may need ${names}, which takes no work now: its breaker refuses, or its provider limits the rate`,
  };
}
