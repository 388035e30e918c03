import type { z } from 'zod';
import { ApiError } from './api-error.ts';

/** Parses a body or a query; throws a 400 that names every wrong field, the rule and the value. */
export function parseRequest<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
): z.output<Schema> {
  const parsed = schema.safeParse(value ?? {}, { reportInput: true });
  if (parsed.success) return parsed.data;
  throw new ApiError(400, 'INVALID_REQUEST', parsed.error.issues.map(sentence).join('; '));
}

function sentence(issue: z.core.$ZodIssue): string {
  const path = issue.path.map(String).join('.');
  if (issue.code === 'unrecognized_keys') {
    return `${[...issue.path, issue.keys.join(', ')].join('.')} is not a known field`;
  }
  if (issue.input === undefined) return `${path} is missing`;
  return `${path === '' ? 'the body' : path}: ${issue.message}, got ${shown(issue.input)}`;
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}
