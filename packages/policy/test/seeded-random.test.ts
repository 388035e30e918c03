import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { seededRandom } from '@chimera/policy';

const draw = (seed: number, count: number) => {
  const random = seededRandom(seed);
  return Array.from({ length: count }, random);
};

test('the same seed gives the same sequence, in [0, 1)', () => {
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const sequence = draw(seed, 50);
      expect(draw(seed, 50)).toEqual(sequence);
      expect(sequence.every((value) => value >= 0 && value < 1)).toBe(true);
    }),
  );
});

test('neighbouring seeds give different sequences', () => {
  const firsts = new Set(Array.from({ length: 1_000 }, (_, seed) => draw(seed, 1)[0]));
  expect(firsts.size).toBe(1_000);
});

test('the numbers are spread evenly', () => {
  const buckets = Array.from({ length: 10 }, () => 0);
  for (const value of draw(42, 10_000))
    buckets[Math.floor(value * 10)] = (buckets[Math.floor(value * 10)] ?? 0) + 1;
  for (const count of buckets) expect(Math.abs(count - 1_000)).toBeLessThan(150);
});
