import { expect, test } from 'vitest';
import { nextPageLine } from '../src/cli/next-page.ts';

test('the last page names no other one', () => {
  expect(nextPageLine({ nextCursor: null }, ['list'])).toEqual([]);
});

test.for<[string, readonly string[], string]>([
  ['filters', ['list', '-n', '1', '--status=dead'], 'list -n 1 --status=dead --cursor 12'],
  ['a page before', ['list', '--cursor', '99', '-n', '1'], 'list -n 1 --cursor 12'],
  ['a page before, in one word', ['list', '--cursor=99'], 'list --cursor 12'],
  [
    'what a shell would take apart',
    ['dlq', 'list', '--phase', "it's $HOME"],
    String.raw`dlq list --phase 'it'\''s $HOME' --cursor 12`,
  ],
  ['what would act on the terminal', ['list', '-d', 'a\u001b[31m'], "list -d 'a [31m' --cursor 12"],
])('the next page is asked for with %s', ([, words, line]) => {
  expect(nextPageLine({ nextCursor: '12' }, words)).toEqual([`… there are more: chimera ${line}`]);
});
