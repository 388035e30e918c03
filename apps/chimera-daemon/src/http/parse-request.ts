import { z } from 'zod';
import { numberRangeAt } from '../number-range.ts';
import { ruleWords } from '../rule-words.ts';
import { ApiError } from './api-error.ts';

/** Parses a body or a query; throws a 400 that names every wrong field, the rule and the value. */
export function parseRequest<Schema extends z.ZodObject>(
  schema: Schema,
  value: unknown,
): z.output<Schema> {
  const given = value ?? {};
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  const sentences = parsed.error.issues.map((issue) => sentence(issue, given, schema));
  const missing = value === undefined ? noBody : '';
  throw new ApiError(400, 'INVALID_REQUEST', `${missing}${sentences.join('; ')}`);
}

/** A query is never missing. */
const noBody = 'there is no body; it must be a JSON object, with content-type application/json: ';

function sentence(issue: z.core.$ZodIssue, given: unknown, schema: z.ZodObject): string {
  const fields = Object.keys(schema.shape);
  const path = z.core.toDotPath(issue.path);
  if (issue.code === 'unrecognized_keys') {
    const known = fields.length === 0 ? 'there are none' : `fields are ${fields.join(', ')}`;
    const names = issue.keys.map((key) => z.core.toDotPath([...issue.path, key])).join(', ');
    return `${names} ${issue.keys.length === 1 ? 'is not a field' : 'are no fields'}; ${known}`;
  }
  // As it was sent: what the schema made of it would be another value.
  const value = issue.path.reduce<unknown>(
    (node, key) =>
      typeof node === 'object' && node !== null && Object.hasOwn(node, key)
        ? (node as Record<PropertyKey, unknown>)[key]
        : undefined,
    given,
  );
  if (value === undefined) return `${path} is missing; it ${ruleWords(issue, group)}`;
  const rule = ruleWords(issue, group, numberRangeAt(schema, issue.path, given));
  return `${path === '' ? 'the body' : path} ${rule}, got ${shown(value)}`;
}

const group = 'a JSON object';

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}
