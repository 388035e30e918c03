import { integerOption, numberOption } from '@chimera/policy';
import type { Operation } from './operation.ts';
import type { StoreContext } from './store-context.ts';

/** One batch; payloads, events and idempotency keys go with their workflow. */
export function retaining(
  { clock, sql }: StoreContext,
  request: { readonly olderThanMs: number; readonly limit: number },
): Operation<number> {
  const olderThanMs = numberOption('workflow-store', 'olderThanMs', request.olderThanMs, 0);
  const limit = integerOption('workflow-store', 'limit', request.limit, 1, 10_000);
  return () => {
    const ended = sql.finishedBefore.all({ before: clock.now() - olderThanMs, limit });
    for (const { key } of ended) sql.deleteWorkflow.run({ key });
    return { result: ended.length };
  };
}
