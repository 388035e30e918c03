import type { StoredEvent } from '@chimera/workflow-store';
import { z } from 'zod';

const failed = z.looseObject({ error: z.looseObject({ code: z.string(), message: z.string() }) });
const rejected = z.looseObject({ reason: z.string() });
const token = z.looseObject({ token: z.number() });

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
