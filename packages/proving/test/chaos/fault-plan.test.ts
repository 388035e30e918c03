import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type FaultPlan, faultFor, readPlan } from '../../src/chaos.ts';

const half: FaultPlan = {
  seed: 7,
  rules: [
    { fault: 'hang', keys: ['db:commit'], from: 2, until: 4 },
    { fault: 'latency', keys: ['db:*'], share: 0.5, ms: [10, 20] },
    { fault: 'error', keys: ['mail'], share: 0.5, code: 'DOWN' },
  ],
};

test('a plan comes back from its JSON as it was', () => {
  expect(readPlan(JSON.parse(JSON.stringify(half)))).toEqual(half);
});

describe('what is no plan is refused with the field and what it must be:', () => {
  test.each<[unknown, string]>([
    [undefined, 'chaos: plan must be an object, got undefined'],
    [{}, 'chaos: rules must be a list of rules, got undefined'],
    [{ rules: [], sede: 1 }, 'chaos: sede is no field of the plan; these are: seed, rules'],
    [{ seed: -1, rules: [] }, 'chaos: seed must be an integer from 0 to 4294967295, got -1'],
    [
      { rules: [{ fault: 'slow' }] },
      "chaos: rules[0].fault must be 'latency' or 'error' or 'hang' or 'drip' or 'duplicate' or 'late' or 'partial', got \"slow\"",
    ],
    [
      { rules: [{ fault: 'hang', ms: 4 }] },
      'chaos: ms is no field of rules[0], a rule of hang; these are: fault, keys, share, from, until',
    ],
    [
      { rules: [{ fault: 'hang' }, { fault: 'hang', share: 7 }] },
      'chaos: rules[1].share must be a number from 0 to 1, got 7',
    ],
    [
      { rules: [{ fault: 'latency' }] },
      'chaos: rules[0].ms must be ms, or [least, most] of them, got undefined',
    ],
    [
      { rules: [{ fault: 'late', ms: [5, 4] }] },
      'chaos: rules[0].ms[1] must be a number >= 5, got 4',
    ],
    [
      { rules: [{ fault: 'hang', from: 3, until: 3 }] },
      'chaos: rules[0].until must be an integer >= 4, got 3',
    ],
    [
      { rules: [{ fault: 'hang', keys: 'db' }] },
      'chaos: rules[0].keys must be a list of at least one text, got "db"',
    ],
    [
      { rules: [{ fault: 'hang', keys: ['d*b'] }] },
      'chaos: rules[0].keys[0] must be a text with no * but at its end, got "d*b"',
    ],
    [
      { rules: [{ fault: 'error', status: 99 }] },
      'chaos: rules[0].status must be an integer from 200 to 599, got 99',
    ],
    [
      { rules: [{ fault: 'partial', keep: 1.5 }] },
      'chaos: rules[0].keep must be a number from 0 to 1, got 1.5',
    ],
    [{ rules: [{ fault: 'error', code: 5 }] }, 'chaos: rules[0].code must be a text, got 5'],
  ])('%j', (given, message) => {
    expect(() => readPlan(given)).toThrow(new RangeError(message));
  });
});

test('the first rule that befalls a call holds, within its calls and keys', () => {
  const kinds = Array.from({ length: 6 }, (_, call) => faultFor(half, 'db:commit', call)?.kind);
  expect(kinds.slice(2, 4)).toEqual(['hang', 'hang']);
  expect(kinds).not.toContain('error');
  expect(faultFor(half, 'web', 0)).toBeUndefined();
});

test('about as many calls of a key go wrong as their share says', () => {
  const calls = Array.from({ length: 2_000 }, (_, call) => faultFor(half, 'mail', call));
  const share = calls.filter((fault) => fault !== undefined).length / calls.length;
  expect(share).toBeGreaterThan(0.46);
  expect(share).toBeLessThan(0.54);
});

test('a drawn duration lies between the least and the most, and is not always the same', () => {
  const drawn = Array.from({ length: 500 }, (_, call) => faultFor(half, 'db:select', call)).flatMap(
    (fault) => (fault?.kind === 'latency' ? [fault.ms] : []),
  );
  expect(Math.min(...drawn)).toBeGreaterThanOrEqual(10);
  expect(Math.max(...drawn)).toBeLessThan(20);
  expect(new Set(drawn).size).toBeGreaterThan(100);
});

test('another seed, other calls', () => {
  const [one, other] = [1, 2].map((seed) =>
    Array.from({ length: 50 }, (_, call) => faultFor({ ...half, seed }, 'mail', call)?.kind),
  );
  expect(one).not.toEqual(other);
});

test('what befalls a call is the same whatever was asked before', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.constantFrom('db:commit', 'db:select', 'mail'), fc.nat(50))),
      (asked) => {
        const alone = asked.map(([key, call]) => JSON.stringify(faultFor(half, key, call)));
        const backwards = asked
          .toReversed()
          .map(([key, call]) => JSON.stringify(faultFor(half, key, call)));
        expect(backwards.toReversed()).toEqual(alone);
      },
    ),
  );
});
