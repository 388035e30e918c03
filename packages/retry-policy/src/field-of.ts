/** A property of whatever was thrown or returned; undefined when it has none. Works across realms, where `instanceof` does not. */
export function fieldOf(value: unknown, key: PropertyKey): unknown {
  return (value as Record<PropertyKey, unknown> | null | undefined)?.[key];
}
