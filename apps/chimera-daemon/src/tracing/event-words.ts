import type { Json } from '@chimera/workflow';

/** A text in what an event says; undefined when there is none of that name. */
export function wordOf(from: Json | undefined, key: string): string | undefined {
  if (typeof from !== 'object' || from === null) return undefined;
  const value: unknown = Reflect.get(from, key);
  return typeof value === 'string' ? value : undefined;
}
