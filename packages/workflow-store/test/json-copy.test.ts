import fc from 'fast-check';
import { expect, test } from 'vitest';
import { jsonCopy } from '../src/json-copy.ts';

function throughText(value: unknown): unknown {
  const text = JSON.stringify(value) as string | undefined;
  return text === undefined ? undefined : JSON.parse(text);
}

test('a copy is what is read back from the text, whatever it is a copy of', () => {
  const anything = fc.anything({
    withDate: true,
    withMap: true,
    withSparseArray: true,
    withNullPrototype: true,
    withBoxedValues: true,
    withTypedArray: true,
  });
  fc.assert(
    fc.property(anything, (value) => {
      expect(jsonCopy(value)).toStrictEqual(throughText(value));
    }),
  );
});

test.each([
  ['-0', { a: -0, b: [-0] }],
  ['what is no number', [Number.NaN, Infinity]],
  ['what JSON leaves out', { a: undefined, b: [undefined], c: () => 1, d: [Symbol('d')] }],
  ['its own way to JSON', { at: new Date(0), own: { toJSON: () => ({ a: [1] }) } }],
  ['an own __proto__', JSON.parse('{"__proto__":{"a":1},"b":2}')],
])('also of %s', (_what, value: unknown) => {
  expect(jsonCopy(value)).toStrictEqual(throughText(value));
});

test('shares nothing that can be changed', () => {
  const value = { list: [{ a: 1 }] };
  const copy = jsonCopy(value);
  value.list[0] = { a: 2 };
  value.list.push({ a: 3 });
  expect(copy).toEqual({ list: [{ a: 1 }] });
});
