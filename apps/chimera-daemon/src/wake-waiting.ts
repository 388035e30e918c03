import type { Clock } from '@chimera/policy';
import type { WorkflowState } from '@chimera/workflow';
import type { WorkflowFilter, WorkflowStore } from '@chimera/workflow-store';
import { defined } from './defined.ts';

export type WakingStore = Pick<WorkflowStore, 'apply' | 'list'>;

type WaitReason = Extract<WorkflowState, { readonly status: 'waiting' }>['reason'];

/** Ends the wait of every workflow that was parked because this agent's breaker was open. */
export async function wakeWaiting(store: WakingStore, agent: string, clock: Clock): Promise<void> {
  const isMeant = (reason: WaitReason) => reason.kind === 'breaker-open' && reason.agent === agent;
  await wakeAll(store, clock, {}, isMeant);
}

/** Ends waits that began after this instant, those for children left out; returns how many. */
export function wakeAfter(store: WakingStore, instant: number, clock: Clock): Promise<number> {
  return wakeAll(store, clock, { updatedAfter: instant }, isNotForChildren);
}

function isNotForChildren({ kind }: WaitReason): boolean {
  return kind !== 'children';
}

async function wakeAll(
  store: WakingStore,
  clock: Clock,
  filter: Omit<WorkflowFilter, 'limit'>,
  isMeant: (reason: WaitReason) => boolean,
): Promise<number> {
  let woken = 0;
  for (let cursor: string | undefined; ;) {
    const status = 'waiting' as const;
    const page = await store.list(defined({ ...filter, status, limit: 500, cursor }));
    const event = { type: 'woken', at: clock.now() } as const;
    const meant = page.items.filter(({ state }) => {
      return state.status === 'waiting' && isMeant(state.reason);
    });
    // Together, so that they share a commit.
    await Promise.all(meant.map(({ id }) => store.apply({ workflowId: id, event })));
    woken += meant.length;
    if (page.nextCursor === undefined) return woken;
    cursor = page.nextCursor;
  }
}
