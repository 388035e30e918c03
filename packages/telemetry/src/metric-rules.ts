import { refuseOption } from '@chimera/policy';

const form = /^[a-zA-Z][a-zA-Z0-9_]*$/;
/** What exposition appends: a name that ends so would be read as a part of another metric. */
const reservedSuffix = /_(total|created|bucket|count|sum|gcount|gsum|info)$/;
const identifier = /(^|_)(ids?|u?uid|guid|ulid)$|[a-z]I[dD]s?$/;

/** The metric's family: its name, for a counter without `_total`. Refuses what the formats do not allow. */
export function familyOf(kind: string, name: string, unit: string | undefined): string {
  if (typeof name !== 'string' || !form.test(name)) {
    refuseOption(kind, 'name', 'letters, digits and _, beginning with a letter', name);
  }
  if (kind === 'counter' && !name.endsWith('_total')) {
    refuseOption(kind, 'name', 'a name that ends in _total', name);
  }
  const family = kind === 'counter' ? name.slice(0, -'_total'.length) : name;
  const suffix = reservedSuffix.exec(family)?.[0];
  if (family === '' || suffix !== undefined) {
    refuseOption(kind, 'name', `a name without the reserved ending ${suffix ?? '_total'}`, name);
  }
  if (unit !== undefined && !family.endsWith(`_${unit}`)) {
    refuseOption(kind, 'name', `a name that has its unit at the end (_${unit})`, name);
  }
  return family;
}

/** Refuses label names that the formats reserve, and those that say that each value comes once. */
export function checkLabelNames(metric: string, names: readonly string[]): void {
  for (const name of names) {
    if (typeof name !== 'string' || !form.test(name) || name === 'le' || name === 'quantile') {
      refuseOption(metric, 'labels', 'letters, digits and _, and neither le nor quantile', name);
    }
    if (identifier.test(name)) {
      refuseOption(metric, 'labels', 'no identifiers (put them into an exemplar)', name);
    }
  }
  if (new Set(names).size < names.length) {
    refuseOption(metric, 'labels', 'different from each other', names.join(', '));
  }
}
