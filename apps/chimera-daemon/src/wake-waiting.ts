import type { Clock } from '@chimera/policy';
import type { WorkflowState } from '@chimera/workflow';
import type { WorkflowStore } from '@chimera/workflow-store';

/** Ends the wait of every workflow that was parked because this agent's breaker was open. */
export async function wakeWaiting(
  store: WorkflowStore,
  agent: string,
  clock: Clock,
): Promise<void> {
  for (let cursor: string | undefined; ;) {
    const page = await store.list({
      status: 'waiting',
      limit: 500,
      ...(cursor === undefined ? {} : { cursor }),
    });
    const event = { type: 'woken', at: clock.now() } as const;
    // Together, so that they share a commit.
    await Promise.all(
      page.items
        .filter(({ state }) => isWaitingFor(agent, state))
        .map(({ id }) => store.apply({ workflowId: id, event })),
    );
    if (page.nextCursor === undefined) return;
    cursor = page.nextCursor;
  }
}

function isWaitingFor(agent: string, state: WorkflowState): boolean {
  if (state.status !== 'waiting' || state.reason.kind !== 'breaker-open') return false;
  return state.reason.agent === agent;
}
