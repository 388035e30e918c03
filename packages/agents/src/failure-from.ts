import type { FailureRecord, Json } from '@chimera/workflow';

export interface FailureDefaults {
  /** For errors without a `code` of their own. Default `AGENT_THREW`. */
  readonly code?: string;
  /** For errors that do not say so themselves by a boolean `retryable`. Default true. */
  readonly retryable?: boolean;
}

const longestCode = 100;
const longestMessage = 2_000;
const longestStack = 2_000;
const deepestCause = 5;

/**
 * Whatever was thrown, as plain data that can be stored: code, message, the start of the stack and
 * the chain of causes, each bounded.
 */
export function failureFrom(error: unknown, defaults: FailureDefaults = {}): FailureRecord {
  return recordOf(error, defaults, deepestCause);
}

function recordOf(error: unknown, defaults: FailureDefaults, depth: number): FailureRecord {
  const { code = 'AGENT_THREW', retryable = true } = defaults;
  if (!(error instanceof Error)) {
    return { code, message: boundedMessage(textOf(error)), retryable };
  }
  const own = error as { readonly code?: unknown; readonly retryable?: unknown };
  const cause = causeOf(error);
  return {
    code: typeof own.code === 'string' && own.code !== '' ? boundedCode(own.code) : code,
    message: boundedMessage(textOf(error.message) || textOf(error.name)),
    retryable: typeof own.retryable === 'boolean' ? own.retryable : retryable,
    details: detailsOf(error),
    ...(cause === undefined || depth === 0 ? {} : { cause: recordOf(cause, defaults, depth - 1) }),
  };
}

/** Of several errors at once the first stands for all; their number is in the details. */
function causeOf(error: Error): unknown {
  return (
    error.cause ?? (error instanceof AggregateError ? (error.errors[0] as unknown) : undefined)
  );
}

function detailsOf(error: Error): Json {
  return {
    name: boundedCode(textOf(error.name)),
    ...(error instanceof AggregateError ? { errors: error.errors.length } : {}),
    ...(typeof error.stack === 'string' ? { stack: bounded(error.stack, longestStack) } : {}),
  };
}

function textOf(thrown: unknown): string {
  if (typeof thrown === 'string') return thrown;
  try {
    return JSON.stringify(thrown) ?? String(thrown);
  } catch {
    return Object.prototype.toString.call(thrown);
  }
}

/** It is a word in every list. */
export function boundedCode(text: string): string {
  return bounded(text, longestCode);
}

/** It stands in every list; the whole of what a program printed has its place in the evidence. */
export function boundedMessage(text: string): string {
  return bounded(text, longestMessage);
}

function bounded(text: string, characters: number): string {
  return text.length <= characters ? text : `${text.slice(0, characters)}…`;
}
