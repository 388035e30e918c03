/** Levels that JSON may have here: what stores, checks and shows a value calls itself for each. */
export const maxLevels = 500;

/**
 * Whether JSON has more than {@link maxLevels} levels: it could be stored then, but not read again.
 * `look` sees each object and list in it, the outermost first, and may throw.
 */
export function isTooDeep(value: unknown, look?: (inner: object) => void): boolean {
  // By levels, not by calling itself: what is too deep would exhaust the stack.
  let level = objectsOf([value]);
  for (let depth = 1; level.length > 0; depth += 1) {
    if (depth > maxLevels) return true;
    if (look !== undefined) level.forEach((each) => look(each));
    level = level.flatMap((each) => objectsOf(Object.values(each)));
  }
  return false;
}

function objectsOf(values: readonly unknown[]): readonly object[] {
  return values.filter((each): each is object => typeof each === 'object' && each !== null);
}
