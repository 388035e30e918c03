import fc from 'fast-check';
import { expect, test } from 'vitest';
import { closestName } from '../src/index.ts';

test.for([
  ['a letter too many', 'maxx', ['min', 'max'], 'max'],
  ['a letter too few', 'chaty', ['standard', 'chatty'], 'chatty'],
  ['another letter', 'implementer', ['validator', 'implementor'], 'implementor'],
  ['two that changed places', 'ture', ['false', 'true'], 'true'],
  ['the nearest of several', 'scaleUpBi', ['scaleUpAt', 'scaleUpBy'], 'scaleUpBy'],
] as const)('%s: the name is told', ([, name, known, meant]) => {
  expect(closestName(name, known)).toBe(meant);
});

test.for([
  ['nope', ['one']],
  ['foo', ['pool', 'node', 'log']],
  ['ab', ['cd', 'a']],
  ['anything', []],
  ['', ['a']],
] as const)('"%s" is near none of %j', ([name, known]) => {
  expect(closestName(name, known)).toBeUndefined();
});

const name = fc.string({ minLength: 1, maxLength: 12 });

test('a name that is known is its own nearest', () => {
  fc.assert(
    fc.property(name, fc.array(name), (given, others) => {
      expect(closestName(given, [...others, given])).toBe(given);
    }),
  );
});

test('who is meant by the other is so both ways', () => {
  fc.assert(
    fc.property(name, name, (a, b) => {
      expect(closestName(a, [b]) === b).toBe(closestName(b, [a]) === a);
    }),
  );
});
