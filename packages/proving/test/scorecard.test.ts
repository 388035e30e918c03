import { expect, test } from 'vitest';
import { type ConformanceLaw, scorecard } from '../src/conformance.ts';

const laws: readonly ConformanceLaw<{ items: number[] }>[] = [
  {
    id: 'list-1',
    name: 'is empty at first',
    check: async ({ items }) => {
      if (items.length > 0) throw new Error(`it has ${items.length}`);
      items.push(1);
    },
  },
  {
    name: 'takes what is put in',
    check: async ({ items }) => {
      items.push(2);
      if (items.join() !== '2') throw new Error(`it has ${items.join()}`);
    },
  },
];

test('each law gets a subject of its own, which is disposed of', async () => {
  const disposed: number[] = [];
  const card = await scorecard(
    laws,
    () => ({ items: [] }),
    ({ items }) => {
      disposed.push(items.length);
    },
  );
  expect(card).toMatchObject({ broken: [], share: 1 });
  expect(disposed).toEqual([1, 1]);
});

test('a law that is broken is on the card with what it says, and the others are tried', async () => {
  const shared = { items: [] };
  const { text } = await scorecard(laws, () => shared);
  expect(text).toBe(
    [
      '1 of 2 laws are kept',
      '  kept    list-1 is empty at first',
      '  BROKEN  takes what is put in: it has 1,2',
    ].join('\n'),
  );
});
