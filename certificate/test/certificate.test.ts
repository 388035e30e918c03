import { describe, expect, test } from 'vitest';
import { certificateText } from '../certificate-text.ts';
import { isKept, type Row } from '../row.ts';
import { studies } from '../studies.ts';

describe('the certificate, in small', () => {
  test.each(Object.entries(studies))('%s', async (_, study) => {
    const rows = await study('small');
    expect(rows.length).toBeGreaterThan(0);
    const missed = rows.filter((row) => !isKept(row));
    expect(certificateText(missed).split('\n').slice(2)).toEqual([]);
  });
});

function figure(over: Partial<Row>): Row {
  return {
    source: 'a paper',
    what: 'a figure',
    known: 100,
    ours: 100,
    within: { share: 0.02 },
    ...over,
  };
}

describe('a figure', () => {
  test.each<readonly [string, Partial<Row>, boolean]>([
    ['as near as it may be', { ours: 102 }, true],
    ['farther off', { ours: 102.1 }, false],
    ['below, and farther off', { ours: 97.9 }, false],
    ['certain', { ours: { mean: 100, low: 98, high: 102 } }, true],
    ['near, but not certain', { ours: { mean: 100, low: 97, high: 103 } }, false],
    ['off by what it may be', { ours: 110, within: { by: 10 } }, true],
    ['off by more', { ours: 111, within: { by: 10 } }, false],
    ['under a bound', { ours: 99, within: { atMost: true } }, true],
    ['over a bound', { ours: 101, within: { atMost: true } }, false],
    ['inside', { ours: 50, within: { between: [40, 60] } }, true],
    ['outside', { ours: 61, within: { between: [40, 60] } }, false],
  ])('%s', (_, over, expected) => {
    expect(isKept(figure(over))).toBe(expected);
  });
});
