import fc from 'fast-check';
import { expect, test } from 'vitest';
import { AlikeTexts } from '../src/alike-texts.ts';

const leaf = fc.constantFrom<unknown>(undefined, null, 0, -0, 1, 'a', '', true);
/** Few names and values, so that many are alike, or differ in one member, or in one that is undefined. */
const member = fc.oneof(
  leaf,
  fc.array(leaf, { maxLength: 2 }),
  fc.dictionary(fc.constantFrom('x', 'y'), leaf, { maxKeys: 2 }),
);
const object = fc.dictionary(fc.constantFrom('a', 'b', 'toString'), member, { maxKeys: 3 });

test('the text of each object says what its own JSON says', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.constantFrom('one', 'other'), object)), (given) => {
      const texts = new AlikeTexts();
      for (const [kind, value] of given)
        expect(JSON.parse(texts.of(kind, value))).toEqual(JSON.parse(JSON.stringify(value)));
    }),
    { numRuns: 2_000 },
  );
});

test('what says the same as the last of its kind is not written anew', () => {
  const texts = new AlikeTexts();
  let written = 0;
  const deep = (text: string) => ({ text, toJSON: () => ({ text, number: (written += 1) }) });
  const shared = { a: deep('a'), b: deep('b') };
  for (let turn = 0; turn < 3; turn += 1)
    for (const kind of ['a', 'b'] as const) texts.of(kind, { kind, value: shared[kind] });
  expect(written).toBe(2);
  texts.of('a', { kind: 'a', value: shared.b });
  expect(written).toBe(3);
});
