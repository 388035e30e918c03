import { parseDuration } from '@chimera/policy';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { durationText } from '../src/duration-text.ts';

test.each([
  [0, '0ms'],
  [1_500, '1500ms'],
  [60_000, '1m'],
  [90_000, '90s'],
  [3_600_000, '1h'],
  [7 * 86_400_000, '7d'],
])('%d ms are %s', (ms, text) => {
  expect(durationText(ms)).toBe(text);
});

test('what it says is a setting of the same length', () => {
  fc.assert(
    fc.property(fc.nat(), (ms) => {
      expect(parseDuration(durationText(ms))).toBe(ms);
    }),
  );
});
