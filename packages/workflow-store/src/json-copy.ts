/**
 * What `JSON.parse(JSON.stringify(value))` gives, for a quarter of the price: all that is written
 * comes by here.
 */
export function jsonCopy(value: unknown): unknown {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  // JSON has no -0 either.
  if (typeof value === 'number') return Number.isFinite(value) ? value + 0 : null;
  if (Array.isArray(value)) return listCopy(value);
  if (typeof value === 'object' && isPlain(value)) return copyOf(value);
  // Dates, instances, and what JSON does not know or refuses.
  const text = JSON.stringify(value) as string | undefined;
  return text === undefined ? undefined : (JSON.parse(text) as unknown);
}

/** With null for what is left out; `Array.from` took four times as long. */
function listCopy(list: readonly unknown[]): unknown[] {
  const copy: unknown[] = [];
  for (const item of list) copy.push(jsonCopy(item) ?? null);
  return copy;
}

function copyOf(value: Readonly<Record<string, unknown>>): object {
  const copy: Record<string, unknown> = {};
  for (const name of Object.keys(value)) {
    const copied = jsonCopy(value[name]);
    if (copied !== undefined) copy[name] = copied;
  }
  return copy;
}

function isPlain(value: object): value is Readonly<Record<string, unknown>> {
  return (
    Object.getPrototypeOf(value) === Object.prototype &&
    !('toJSON' in value) &&
    // One of its own, which only JSON.parse makes, cannot be assigned.
    !Object.hasOwn(value, '__proto__')
  );
}
