import { integerOption, numberOption } from '@chimera/policy';
import type { Operation } from './operation.ts';
import type { StoreContext } from './store-context.ts';

/** Where the highest event number stands once events have been deleted. */
export const lastEventState = { kind: 'workflow-store', name: 'last-event' } as const;

/** One batch; input, events and idempotency keys go with their workflow. */
export function retaining(
  { clock, eventNumbers, pending, sql, tally }: StoreContext,
  request: { readonly olderThanMs: number; readonly limit: number },
): Operation<number> {
  const olderThanMs = numberOption('workflow-store', 'olderThanMs', request.olderThanMs, 0);
  const limit = integerOption('workflow-store', 'limit', request.limit, 1, 10_000);
  return () => {
    pending.flush();
    const ended = sql.finishedBefore.all({ before: clock.now() - olderThanMs, limit });
    if (ended.length > 0)
      sql.keepState.run({ ...lastEventState, body: JSON.stringify(eventNumbers.last) });
    for (const { key, last_event, status } of ended) {
      sql.deleteEvents.run({ last_event });
      sql.deleteWorkflow.run({ key });
      tally.move(status, undefined);
    }
    return { result: ended.length };
  };
}
