import { expect, test } from 'vitest';
import { CommitPace } from '../src/commit-pace.ts';

function paceAfter(...commits: readonly number[]): CommitPace {
  const pace = new CommitPace();
  for (const ms of commits) pace.committedHere(ms);
  return pace;
}

test('six commits of 3 ms tell of a slow disk, a thousand of 1.9 ms do not', () => {
  expect(paceAfter(3, 3, 3, 3, 3, 3).isSlow).toBe(true);
  expect(paceAfter(...Array.from({ length: 1_000 }, () => 1.9)).isSlow).toBe(false);
});

test('a commit that takes a second now and then does not make a fast disk a slow one; four in a row do', () => {
  const fast = [0.4, 0.4, 0.4, 0.4, 0.4];
  expect(paceAfter(...fast, 1_000, 1_000, ...fast, 1_000).isSlow).toBe(false);
  expect(paceAfter(...fast, 1_000, 1_000, 1_000, 1_000).isSlow).toBe(true);
});

test('a slow disk is looked at again after 64 groups that others have written', () => {
  const pace = paceAfter(9, 9, 9, 9, 9, 9);
  for (let group = 0; group < 63; group += 1) pace.handedOver();
  expect(pace.isSlow).toBe(true);
  pace.handedOver();
  expect(pace.isSlow).toBe(false);
  for (let commit = 0; commit < 6; commit += 1) pace.committedHere(0.4);
  expect(pace.isSlow).toBe(false);
});
