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
  if (!isUuid(id)) return digest(id);
  return id.slice(0, 8) + id.slice(9, 13) + id.slice(14, 18) + id.slice(19, 23) + id.slice(24);
}

/** The same words always name the same span: a child process can be told its parent before that ends. */
export function spanIdOf(workflowId: string, word: string, number: number): string {
  return hashed(`${workflowId} ${word} ${number}`);
}

/** The span of an attempt: that from a claim to its outcome. */
export function attemptSpanId(workflowId: string, token: number): string {
  return spanIdOf(workflowId, 'attempt', token);
}

/** The span of the agent's call, below the attempt's. */
export function agentSpanId(workflowId: string, token: number): string {
  return spanIdOf(workflowId, 'agent', token);
}

/**
 * The span of the whole workflow: of a UUID the second half, which is random. One that came back
 * from the dead letter queue has another.
 */
export function workflowSpanId({ id, state }: Pick<WorkflowRecord, 'id' | 'state'>): string {
  const { requeues = 0 } = state;
  if (requeues > 0 || !isUuid(id)) return spanIdOf(id, 'workflow', requeues);
  return id.slice(19, 23) + id.slice(24);
}

/**
 * As the store makes them; told by their form, for nobody else makes ids. Version and variant are
 * there, so that neither half is all zeros.
 */
export function isUuid(text: string): boolean {
  return text.length === 36 && text[8] === '-' && text[14] === '7' && text[23] === '-';
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}

/** 64 bits in two lanes, mixed as in MurmurHash3: told apart within a trace, at a tenth of SHA's cost. */
function hashed(text: string): string {
  let high = 0x9e3779b9;
  let low = 0x85ebca6b;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    high = Math.imul(high ^ unit, 0xcc9e2d51);
    high = (high << 13) | (high >>> 19);
    low = Math.imul(low ^ unit, 0x1b873593);
    low = (low << 15) | (low >>> 17);
  }
  const digits = hex(mixed(high ^ text.length)) + hex(mixed(low + high));
  // All zeros would be no id at all.
  return digits === '0000000000000000' ? '0000000000000001' : digits;
}

function mixed(lane: number): number {
  let value = Math.imul(lane ^ (lane >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
}

const bytes: readonly string[] = Array.from({ length: 256 }, (_, byte) =>
  byte.toString(16).padStart(2, '0'),
);

/** By a table: a line of the log names a span, and `toString` would be most of its cost. */
function hex(lane: number): string {
  const upper = (bytes[lane >>> 24] ?? '') + (bytes[(lane >>> 16) & 255] ?? '');
  return upper + (bytes[(lane >>> 8) & 255] ?? '') + (bytes[lane & 255] ?? '');
}
