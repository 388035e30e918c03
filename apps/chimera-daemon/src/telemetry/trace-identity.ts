import { createHash } from 'node:crypto';
import type { WorkflowRecord } from '@chimera/workflow-store';
import { parseTraceparent } from './traceparent.ts';

type Named = Pick<WorkflowRecord, 'id' | 'labels'>;

/** Where the trace of whoever submitted a workflow is kept with it. */
export const traceparentLabel = 'traceparent';

/**
 * A workflow's trace: that of the request which submitted it, else one that is its own id, a
 * UUID's 128 bits. Nothing but the record is needed to name it, before and after a crash.
 */
export function traceIdOf({ id, labels }: Named): string {
  const given = parseTraceparent(labels?.[traceparentLabel]);
  if (given !== undefined) return given.traceId;
  const digits = id.replaceAll('-', '').toLowerCase();
  return /^(?!0{32})[0-9a-f]{32}$/.test(digits) ? digits : hashed(id, 32);
}

/** The same words always name the same span: a child process can be told its parent before that ends. */
export function spanIdOf(workflowId: string, ...words: readonly (string | number)[]): string {
  return hashed([workflowId, ...words].join(' '), 16);
}

/** The span of an attempt: that from a claim to its outcome. */
export function attemptSpanId(workflowId: string, token: number): string {
  return spanIdOf(workflowId, 'attempt', token);
}

function hashed(text: string, digits: number): string {
  const digest = createHash('sha256').update(text).digest('hex').slice(0, digits);
  // All zeros would be no id at all.
  return /^0+$/.test(digest) ? '1'.padStart(digits, '0') : digest;
}
