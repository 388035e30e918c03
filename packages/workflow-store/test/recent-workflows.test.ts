import { expect, test } from 'vitest';
import { RecentWorkflows } from '../src/recent-workflows.ts';
import type { StoredWorkflow } from '../src/stored-workflow.ts';

/** There is room for four of this size. */
const characters = 4_000_000;

function workflow(id: string): StoredWorkflow {
  // Nothing else of it is looked at.
  return { record: { id }, characters } as StoredWorkflow;
}

function keep(recent: RecentWorkflows, ids: string): void {
  for (const id of ids) recent.keep(workflow(id));
}

function kept(recent: RecentWorkflows): string {
  return 'abcdefghij'
    .split('')
    .filter((id) => recent.get(id) !== undefined)
    .join('');
}

test('the oldest give way to the newest', () => {
  const recent = new RecentWorkflows();
  keep(recent, 'abcdef');
  expect(kept(recent)).toBe('cdef');
  keep(recent, 'gh');
  expect(kept(recent)).toBe('efgh');
});

test('one that is kept again is the newest', () => {
  const recent = new RecentWorkflows();
  keep(recent, 'abcdabef');
  expect(kept(recent)).toBe('abef');
});

test('one that has just come takes nobody’s place', () => {
  const recent = new RecentWorkflows();
  keep(recent, 'abcd');
  recent.keepNew(workflow('e'));
  expect(kept(recent)).toBe('abcd');
});

test('after one was forgotten, and after all were, there is room again', () => {
  const recent = new RecentWorkflows();
  keep(recent, 'abcde');
  recent.forget('c');
  keep(recent, 'f');
  expect(kept(recent)).toBe('bdef');
  recent.forgetAll();
  keep(recent, 'ghijab');
  expect(kept(recent)).toBe('abij');
});

test('one that is too large for all the room leaves it empty', () => {
  const recent = new RecentWorkflows();
  keep(recent, 'ab');
  recent.keep({ ...workflow('c'), characters: 20_000_000 });
  expect(kept(recent)).toBe('');
  keep(recent, 'd');
  expect(kept(recent)).toBe('d');
});
