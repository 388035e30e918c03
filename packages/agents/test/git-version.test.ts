import { expect, test } from 'vitest';
import { isTooOld } from '../src/git-version.ts';

test.each([
  'git version 2.34.0',
  'git version 2.39.5 (Apple Git-154)',
  'git version 3.0.0.windows.1',
  'ours',
])('%s is given a try', (said) => {
  expect(isTooOld(said)).toBe(false);
});

test.each(['git version 2.33.9', 'git version 1.40.0'])('%s is too old', (said) => {
  expect(isTooOld(said)).toBe(true);
});
