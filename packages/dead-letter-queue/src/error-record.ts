import { z } from 'zod';
import type { Json } from './json.ts';

/** An error as plain data, with the chain of its causes. */
export interface ErrorRecord {
  /** Machine-readable, such as `ECONNRESET`; of an error without one, its name. */
  readonly code: string;
  readonly message: string;
  /** False for what a second try cannot change; true when unknown. */
  readonly retryable: boolean;
  readonly details?: Json;
  readonly stack?: string;
  readonly cause?: ErrorRecord;
}

/** Causes beyond this depth are left out; a cycle of causes ends here too. */
const deepest = 16;

const link = z.looseObject({
  code: z.string(),
  message: z.string(),
  retryable: z.boolean(),
  details: z.custom<Json>().optional(),
  stack: z.string().optional(),
});

/** What was stored, checked link by link. */
export const errorRecord: z.ZodType<ErrorRecord> = z.custom<ErrorRecord>(isRecord, {
  error: 'an error must have code, message and retryable, and so must each of its causes',
});

function isRecord(value: unknown): value is ErrorRecord {
  const result = link.safeParse(value);
  return result.success && (result.data['cause'] === undefined || isRecord(result.data['cause']));
}

/**
 * Turns whatever was thrown into plain data. Records pass as they are, of those that JSON cannot
 * hold the code, the message and whether it is retryable; of an `Error` the code, message, stack and
 * all causes are kept; anything else becomes a message.
 */
export function recordOf(error: unknown, depth = 1): ErrorRecord {
  if (!isError(error)) return recordOfValue(error);
  const { name, message, stack, cause } = error as { readonly [Name in keyof Error]: unknown };
  const { code, retryable } = error as { readonly code?: unknown; readonly retryable?: unknown };
  return {
    code: typeof code === 'string' ? code : shown(name),
    message: shown(message),
    retryable: typeof retryable === 'boolean' ? retryable : true,
    ...(error instanceof AggregateError ? { details: detailsOf(error, depth) } : {}),
    ...(typeof stack === 'string' ? { stack } : {}),
    ...(cause === undefined || depth === deepest ? {} : { cause: recordOf(cause, depth + 1) }),
  };
}

/** Also of another realm, such as a `node:vm` context or a test runner's. */
function isError(value: unknown): value is Error {
  return value instanceof Error || Object.prototype.toString.call(value) === '[object Error]';
}

function detailsOf({ errors }: AggregateError, depth: number): Json {
  const records = depth === deepest ? [] : errors.map((error) => recordOf(error, depth + 1));
  return { errors: records as unknown as Json };
}

/** A circle or a BigInt must not cost the dead letter: it would be lost with the task. */
function recordOfValue(value: unknown): ErrorRecord {
  if (jsonOf(value) !== undefined && isRecord(value)) return value;
  const { data } = link.safeParse(value);
  if (data === undefined) return { code: 'UNKNOWN', message: shown(value), retryable: true };
  const { code, message, retryable } = data;
  return { code, message, retryable };
}

function shown(value: unknown): string {
  if (typeof value === 'string') return value;
  const words = Object(value) === value ? Object.prototype.toString.call(value) : String(value);
  return jsonOf(value) ?? words;
}

/** Undefined for what JSON has no word for. */
function jsonOf(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}
