import { expect, test } from 'vitest';
import { limitLine } from '../src/cli/limit-line.ts';

const full = { running: 2, concurrency: 2, rate: null, nextStartAt: null };

test('a label that is full says how much of it runs', () => {
  expect(limitLine({ ...full, key: 'repository=shop' })).toBe(
    'repository=shop holds work back: 2 of 2 running',
  );
});

test('a parent whose children are as many as may run says so, without the form of its key', () => {
  expect(limitLine({ ...full, key: 'children 2 of 01a2-b 0:changes:1' })).toBe(
    '2 of 2 children of 01a2-b run, and others wait for them',
  );
});
