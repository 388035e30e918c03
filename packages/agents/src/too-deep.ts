/** What stores, checks and shows an output calls itself for each level. */
const deepest = 500;

/** What is wrong with JSON of so many levels that it could be stored, but not read again; undefined when nothing is. */
export function tooDeep(value: unknown): string | undefined {
  // By levels, not by calling itself.
  let level = [value];
  for (let depth = 1; level.length > 0; depth += 1) {
    if (depth > deepest) return `it is more than ${deepest} levels deep`;
    level = level.flatMap((each) =>
      typeof each === 'object' && each !== null
        ? Object.values(each).filter((inner) => typeof inner === 'object' && inner !== null)
        : [],
    );
  }
  return undefined;
}
