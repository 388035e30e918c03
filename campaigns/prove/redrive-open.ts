import type { Clock } from '@chimera/policy';
import type { SimulatedDaemon } from './simulated-daemon.ts';

/** As the daemon does it: the dead letter and the workflow in one transaction. */
export async function redriveOpen(
  { deadLetters, pool, store }: SimulatedDaemon,
  clock: Clock,
): Promise<void> {
  const { items } = await deadLetters.list({ status: 'open', limit: 10 });
  for (const { id, phase, taskId } of items) {
    if (phase === undefined) continue;
    const event = { type: 'requeued', at: clock.now(), phase } as const;
    await store
      .apply({
        workflowId: taskId,
        event,
        also: async (transaction) => {
          await deadLetters.requeue(id, async () => {}, transaction, { phase });
        },
      })
      .catch(() => undefined);
  }
  pool.wake();
}
