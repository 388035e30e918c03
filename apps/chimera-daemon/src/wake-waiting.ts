import type { Clock } from '@chimera/policy';
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
    for (const { id, state } of page.items) {
      if (state.status !== 'waiting' || state.reason.kind !== 'breaker-open') continue;
      if (state.reason.agent !== agent) continue;
      await store.apply({ workflowId: id, event: { type: 'woken', at: clock.now() } });
    }
    if (page.nextCursor === undefined) return;
    cursor = page.nextCursor;
  }
}
