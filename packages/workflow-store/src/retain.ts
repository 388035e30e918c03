import { numberOption } from '@chimera/policy';
import type { JsonObject } from '@chimera/workflow';
import { keysPerPart, partsOf } from './definition-parts.ts';
import type { Operation } from './operation.ts';
import type { StoreContext } from './store-context.ts';

/** Where the highest event number stands once events have been deleted. */
export const lastEventState = { kind: 'workflow-store', name: 'last-event' } as const;

/** Longest that a workflow's end may lie back, and how many are wanted. */
export interface EndedQuery {
  readonly status: 'cancelled' | 'completed' | 'dead';
  /** Only those that ended at least this long ago, in ms. */
  readonly olderThanMs: number;
  readonly limit: number;
  /** `nextCursor` of the page before. */
  readonly cursor?: string;
}

export interface EndedPage {
  /** Those that ended first come first. */
  readonly items: readonly { readonly id: string; readonly input: JsonObject }[];
  readonly nextCursor?: string;
}

/** One batch; input, events and idempotency keys go with their workflow. What moves again stays. */
export function forgetting(
  { clock, eventNumbers, pending, recent, sql, tally }: StoreContext,
  request: { readonly ids: readonly string[]; readonly olderThanMs: number },
): Operation<number> {
  const olderThanMs = numberOption('workflow-store', 'olderThanMs', request.olderThanMs, 0);
  return () => {
    pending.flush();
    const before = clock.now() - olderThanMs;
    const ids = [...new Set(request.ids)];
    const ended = ids.flatMap((id) => sql.endedBefore.get({ id, before }) ?? []);
    if (ended.length > 0)
      sql.keepState.run({ ...lastEventState, body: JSON.stringify(eventNumbers.last) });
    for (const { id, key, last_event, status } of ended) {
      recent.forget(id);
      sql.deleteEvents.run({ last_event });
      sql.deleteWorkflow.run({ key });
      tally.move(status, undefined);
    }
    for (const { definition_name, part } of partsOf(ended))
      sql.dropPart.run({
        definition_name,
        part,
        from: part * keysPerPart,
        end: (part + 1) * keysPerPart,
      });
    return { result: ended.length };
  };
}
