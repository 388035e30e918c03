import { closest, distance } from 'fastest-levenshtein';

/** ` (did you mean "…"?)` when one of the names is a plausible misspelling's target, else nothing. */
export function didYouMean(name: string, known: readonly string[]): string {
  if (known.length === 0) return '';
  const nearest = closest(name, known);
  return distance(name, nearest) <= name.length * 0.4 ? ` (did you mean "${nearest}"?)` : '';
}
