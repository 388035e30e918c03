import type { Subject } from './adapter.ts';
import type { StagedCall } from './staged-call.ts';
import { StagedResult } from './staged-result.ts';

/** How a call was answered, in the scenarios' words; anything else is told in full. */
export function answerOf(call: StagedCall, subject: Subject): string {
  const { outcome } = call;
  if (outcome === undefined) return 'pending';
  if (!('error' in outcome)) return 'succeeded';
  const { error } = outcome;
  if (error !== undefined && error === call.caller?.signal.reason) return 'aborted';
  if (call.errors.has(error)) return 'failed';
  return subject.refusalOf(error) ?? `answered with ${String(error)}`;
}

export function valueOf({ outcome }: StagedCall): string {
  const value = outcome?.value;
  return value instanceof StagedResult ? value.value : String(value);
}
