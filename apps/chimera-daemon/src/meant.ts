import { closest, distance } from 'fastest-levenshtein';

/** The one of the names that was probably meant, if there is one. */
export function meant(name: string, known: readonly string[]): string | undefined {
  if (known.length === 0) return undefined;
  const nearest = closest(name, known);
  return distance(name, nearest) <= Math.min(3, Math.ceil(name.length / 2)) ? nearest : undefined;
}
