import type { StoredEvent } from '@chimera/workflow-store';
import { z } from 'zod';

const ended = z.looseObject({ token: z.number() });

/** Tokens of the attempts that were ended because their workflow was cancelled: they have not failed. */
export function cancelledAttempts(events: readonly StoredEvent[]): ReadonlySet<number> {
  const tokens = new Set<number>();
  let isCancelled = false;
  for (const { data, type } of events) {
    if (type === 'cancel-requested') isCancelled = true;
    else if (isCancelled && type === 'phase-failed') {
      const token = ended.safeParse(data).data?.token;
      if (token !== undefined) tokens.add(token);
    }
  }
  return tokens;
}
