/**
 * What `JSON.parse(JSON.stringify(value))` gives, for a quarter of the price: all that is written
 * comes by here.
 */
export function jsonCopy(value: unknown): unknown {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  // JSON has no -0 either.
  if (typeof value === 'number') return Number.isFinite(value) ? value + 0 : null;
  if (Array.isArray(value)) return Array.from(value, (item: unknown) => jsonCopy(item) ?? null);
  if (typeof value === 'object' && isPlain(value)) return copyOf(value);
  // Dates, instances, and what JSON does not know or refuses.
  const text = JSON.stringify(value) as string | undefined;
  return text === undefined ? undefined : (JSON.parse(text) as unknown);
}

function copyOf(value: object): object {
  const copy: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(value)) {
    const copied = jsonCopy(field);
    if (copied !== undefined) copy[name] = copied;
  }
  return copy;
}

function isPlain(value: object): boolean {
  return (
    Object.getPrototypeOf(value) === Object.prototype &&
    !('toJSON' in value) &&
    // One of its own, which only JSON.parse makes, cannot be assigned.
    !Object.hasOwn(value, '__proto__')
  );
}
