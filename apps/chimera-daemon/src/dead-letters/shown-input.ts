import type { Json, JsonObject } from '@chimera/workflow';
import { isSecretKey, redacted, redactText } from '../logging/redact.ts';

/** An input without what is, or looks like, a secret: as what agents say is kept without. */
export function shownInput(input: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(input).map(([name, value]) => [name, shown(value, isSecretKey(name))]),
  );
}

function shown(value: Json, isSecret: boolean): Json {
  // A count of tokens is a number, and no secret.
  if (typeof value === 'number' || typeof value === 'boolean' || value === null) return value;
  if (isSecret) return redacted;
  if (typeof value === 'string') return redactText(value);
  if (Array.isArray(value)) return value.map((item: Json) => shown(item, false));
  return shownInput(value as JsonObject);
}
