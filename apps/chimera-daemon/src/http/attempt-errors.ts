import type { PhaseRun, StoredEvent } from '@chimera/workflow-store';
import { z } from 'zod';

const failed = z.looseObject({ error: z.looseObject({ code: z.string(), message: z.string() }) });
const rejected = z.looseObject({ reason: z.string() });
const token = z.looseObject({ token: z.number() });
const parked = z.looseObject({
  failedProbe: z.string().optional(),
  rateLimited: z.string().optional(),
});

/** Why attempts did not succeed, in words, by the token of their claim. */
export function attemptErrors(events: readonly StoredEvent[]): ReadonlyMap<number, string> {
  const errors = new Map<number, string>();
  for (const { data, type } of events) {
    const claim = token.safeParse(data).data?.token;
    const words = claim === undefined ? undefined : wordsOf(type, data);
    if (claim !== undefined && words !== undefined) errors.set(claim, words);
  }
  return errors;
}

function wordsOf(type: string, data: unknown): string | undefined {
  if (type === 'phase-rejected') return rejected.safeParse(data).data?.reason;
  if (type !== 'phase-failed') return undefined;
  const error = failed.safeParse(data).data?.error;
  return error && `${error.code}: ${error.message}`;
}

/** What an attempt was parked for that its agent ended: it failed no phase, and is no event's error. */
export function parkedFor({ details, outcome }: PhaseRun): string | undefined {
  if (outcome !== 'parked') return undefined;
  const { failedProbe, rateLimited } = parked.safeParse(details).data ?? {};
  if (failedProbe !== undefined) return `as a probe of its agent's breaker: ${failedProbe}`;
  return rateLimited && `its provider's limit: ${rateLimited}`;
}
