import { describe, expect, it } from 'vitest';
import { isTooDeep, maxLevels } from '../src/index.ts';

/** A value of so many levels, the last one empty. */
function levels(count: number): unknown {
  let value: unknown = [];
  for (let level = 1; level < count; level += 1) value = level % 2 === 0 ? [value] : { value };
  return value;
}

describe('JSON', () => {
  it('has 500 levels at most', () => {
    expect(maxLevels).toBe(500);
    expect(isTooDeep(levels(500))).toBe(false);
    expect(isTooDeep(levels(501))).toBe(true);
  });

  it('of more levels than the stack has calls is looked at all the same', () => {
    expect(isTooDeep(levels(100_000))).toBe(true);
  });

  it('shows its objects and lists, the outermost first, and nothing else', () => {
    const seen: object[] = [];
    const value = { a: [{ deep: true }], b: {}, c: null, d: 'text' };
    expect(isTooDeep(value, (inner) => seen.push(inner))).toBe(false);
    expect(seen).toEqual([value, [{ deep: true }], {}, { deep: true }]);
  });

  it('of no levels is not too deep', () => {
    for (const value of [null, 'text', 1, true]) expect(isTooDeep(value)).toBe(false);
  });
});
