import fc from 'fast-check';
import { expect, test } from 'vitest';
import { perPair, perValue } from '../src/per-value.ts';

const few = fc.constantFrom('', 'a', 'b', 'c');

test('what belongs to a value is made once, in whatever order it is asked for', () => {
  fc.assert(
    fc.property(fc.array(few), (asked) => {
      const made: string[] = [];
      const of = perValue((value: string) => ({ value, nth: made.push(value) }));
      for (const value of asked) expect(of(value).value).toBe(value);
      expect(made).toEqual([...new Set(asked)]);
    }),
  );
});

test('what belongs to two values is made once for both together', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(few, few)), (asked) => {
      const made: string[] = [];
      const of = perPair((first: string, second: string) => {
        made.push(`${first}|${second}`);
        return { first, second };
      });
      for (const [first, second] of asked) expect(of(first, second)).toEqual({ first, second });
      expect(made).toEqual([...new Set(asked.map((pair) => pair.join('|')))]);
    }),
  );
});
