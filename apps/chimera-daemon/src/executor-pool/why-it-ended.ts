import type { WorkflowEvent } from '@chimera/workflow';
import { defined } from '../defined.ts';
import { plainText } from '../logging/plain.ts';

/** What the log says of why an attempt was no success. */
export interface EndReason {
  /** As failures have it: `AGENT_TIMEOUT`. */
  readonly code?: string;
  readonly reason?: string;
}

/** A reason is read in a list of lines; the whole of it is in the store. */
const mostCharacters = 500;

/** Nothing of a success. */
export function whyItEnded(event: WorkflowEvent): EndReason {
  if (event.type === 'phase-failed')
    return { code: shortened(event.error.code), reason: shortened(event.error.message) };
  if (event.type === 'phase-rejected') return { reason: shortened(event.reason) };
  // A probe of its breaker that failed is no failure of the phase.
  if (event.type === 'parked' && event.reason.kind === 'breaker-open')
    return defined({ reason: event.reason.lastError && shortened(event.reason.lastError) });
  return {};
}

/** Without secrets before it is cut: half of one looks like none. */
function shortened(text: string): string {
  const clean = plainText(text);
  return clean.length <= mostCharacters ? clean : `${clean.slice(0, mostCharacters)}…`;
}
