import { closestName } from '@chimera/policy';

/** ` (did you mean "…"?)` when one of the names is near, else nothing. */
export function didYouMean(name: string, known: readonly string[]): string {
  const nearest = closestName(name, known);
  return nearest === undefined ? '' : ` (did you mean "${nearest}"?)`;
}
