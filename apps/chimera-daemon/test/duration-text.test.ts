import { parseDuration } from '@chimera/policy';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { durationText, waitText } from '../src/duration-text.ts';

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

test.each([
  [0.2, '1ms'],
  [412, '412ms'],
  [1_000, '1s'],
  [30_412.7, '31s'],
  [59_999, '1m'],
  [61_000, '61s'],
  [299_001, '5m'],
  [7_199_001, '2h'],
  [7_200_001, '121m'],
])('%d ms to wait are %s', (ms, text) => {
  expect(waitText(ms)).toBe(text);
});
