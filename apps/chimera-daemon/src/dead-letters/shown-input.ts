import type { Json, JsonObject } from '@chimera/workflow';
import { isSecret, redacted, redactText } from '../logging/redact.ts';

/** An input without what is, or looks like, a secret. */
export function shownInput(input: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(input).map(([name, value]) => [
      name,
      isSecret(name, value) ? redacted : shown(value),
    ]),
  );
}

function shown(value: Json): Json {
  if (typeof value === 'string') return redactText(value);
  if (typeof value !== 'object' || value === null) return value;
  return Array.isArray(value) ? value.map(shown) : shownInput(value as JsonObject);
}
