import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CapacityRule, fullScope, givesWay, hasExpired } from '../src/capacity.ts';

describe('fullScope', () => {
  it.each([
    { waiting: 8, ofTenant: 2, whenFull: 'refuse', is: undefined },
    { waiting: 8, ofTenant: 3, whenFull: 'refuse', is: 'tenant' },
    { waiting: 9, ofTenant: 2, whenFull: 'refuse', is: 'queue' },
    { waiting: 9, ofTenant: 3, whenFull: 'refuse', is: 'queue' },
    { waiting: 8, ofTenant: 2, whenFull: 'shed', is: undefined },
    { waiting: 8, ofTenant: 3, whenFull: 'shed', is: 'tenant' },
    { waiting: 9, ofTenant: 2, whenFull: 'shed', is: 'queue' },
    { waiting: 9, ofTenant: 3, whenFull: 'shed', is: 'tenant' },
  ] as const)(
    'of 9, and 3 a tenant, is $is at $waiting and $ofTenant ($whenFull)',
    ({ is, ofTenant, waiting, whenFull }) => {
      expect(fullScope(waiting, ofTenant, { limit: 9, limitPerTenant: 3, whenFull })).toBe(is);
    },
  );

  it('is none exactly while one more is within both limits', () => {
    fc.assert(
      fc.property(
        fc.record({
          limit: fc.integer({ min: 1, max: 9 }),
          limitPerTenant: fc.integer({ min: 1, max: 9 }),
          whenFull: fc.constantFrom('refuse', 'shed'),
        }) satisfies fc.Arbitrary<CapacityRule>,
        fc.nat(9),
        fc.nat(9),
        (rule, waiting, ofTenant) => {
          const hasRoom = waiting + 1 <= rule.limit && ofTenant + 1 <= rule.limitPerTenant;
          expect(fullScope(waiting, ofTenant, rule) === undefined).toBe(hasRoom);
        },
      ),
    );
  });
});

it.each([
  [4, 5, true],
  [5, 5, false],
  [6, 5, false],
])('one of priority %i gives way to one of %i: %s', (least, arriving, is) => {
  expect(givesWay(least, arriving)).toBe(is);
});

it.each([
  [undefined, false],
  [9, true],
  [10, true],
  [11, false],
])('a deadline at %s has expired at 10: %s', (deadlineAt, is) => {
  expect(hasExpired(deadlineAt, 10)).toBe(is);
});
