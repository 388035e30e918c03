import { expect, test } from 'vitest';
import { age } from '../src/cli/age.ts';

test.each([
  [-5_000, '0s'],
  [0, '0s'],
  [119_999, '119s'],
  [120_000, '2m'],
  [7_199_000, '119m'],
  [7_200_000, '2h'],
  [172_799_000, '47h'],
  [172_800_000, '2d'],
  [40 * 86_400_000, '40d'],
])('%d ms ago is %s', (ms, shown) => {
  expect(age(ms)).toBe(shown);
});
