import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cronRecurrence } from '../src/schedules/recurrence.ts';

const hours = (n: number) => n * 3_600_000;

function instants(cron: string, timezone: string, from: string, count: number): readonly string[] {
  const recurrence = cronRecurrence(cron, timezone);
  const found: string[] = [];
  let at: number | undefined = Date.parse(from);
  while (found.length < count) {
    at = recurrence.next(at ?? NaN);
    if (at === undefined) break;
    found.push(new Date(at).toISOString().replace(':00.000Z', 'Z'));
  }
  return found;
}

describe('when the clock is set forward, in Berlin from 02:00 to 03:00 on 29 March', () => {
  test.for<[string, string, readonly string[]]>([
    [
      'a time in the gap starts at its end, on the same day',
      '30 2 * * *',
      ['2026-03-29T01:00Z', '2026-03-30T00:30Z'],
    ],
    [
      'several times in the gap start once',
      '0,30 2 * * *',
      ['2026-03-29T01:00Z', '2026-03-30T00:00Z'],
    ],
    [
      'steady intervals go on',
      '*/30 * * * *',
      ['2026-03-29T00:00Z', '2026-03-29T00:30Z', '2026-03-29T01:00Z', '2026-03-29T01:30Z'],
    ],
  ])('%s', ([, cron, expected]) => {
    const found = instants(cron, 'Europe/Berlin', '2026-03-28T23:59:00Z', expected.length);
    expect(found).toEqual(expected);
  });
});

describe('when the clock is set back, in Berlin from 03:00 to 02:00 on 25 October', () => {
  test.for<[string, string, readonly string[]]>([
    [
      'a time that comes twice starts at its first',
      '30 2 * * *',
      ['2026-10-25T00:30Z', '2026-10-26T01:30Z'],
    ],
    [
      'steady intervals go on through both hours',
      '0 * * * *',
      ['2026-10-25T00:00Z', '2026-10-25T01:00Z', '2026-10-25T02:00Z'],
    ],
  ])('%s', ([, cron, expected]) => {
    const found = instants(cron, 'Europe/Berlin', '2026-10-24T23:59:00Z', expected.length);
    expect(found).toEqual(expected);
  });
});

test('a zone that shifts by half an hour, and one that shifts at midnight', () => {
  expect(instants('*/30 * * * *', 'Australia/Lord_Howe', '2026-04-04T14:00:00Z', 3)).toEqual([
    '2026-04-04T14:30Z',
    '2026-04-04T15:00Z',
    '2026-04-04T15:30Z',
  ]);
  expect(instants('15 0 * * *', 'America/Havana', '2026-03-07T14:00:00Z', 2)).toEqual([
    '2026-03-08T05:00Z',
    '2026-03-09T04:15Z',
  ]);
});

test('six fields begin with seconds; a date that never comes has no instant', () => {
  expect(instants('15 0 3 * * *', 'UTC', '2026-01-01T00:00:00Z', 1)).toEqual([
    '2026-01-01T03:00:15.000Z',
  ]);
  expect(cronRecurrence('0 0 31 2 *', 'UTC').next(0)).toBeUndefined();
  expect(cronRecurrence('0 0 31 2 *', 'UTC').newest(Date.UTC(2026, 0, 1), 3)).toEqual([]);
});

test.for(['x', '61 * * * *', '* * * *', '0 0 0 1 1 * 2030'])(
  'refuses the expression "%s"',
  (cron) => {
    expect(() => cronRecurrence(cron, 'UTC')).toThrow(/^CronPattern: /);
  },
);

test('looking back finds what looking forward found, around every change of the clock', () => {
  const recurrences = ['30 2 * * *', '0,30 1-3 * * *', '*/7 * * * *', '*/20 * * * * *'].flatMap(
    (cron) =>
      ['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'UTC'].map((timezone) =>
        cronRecurrence(cron, timezone),
      ),
  );
  const changes = ['2026-03-29T01:00Z', '2026-10-25T01:00Z', '2026-03-08T07:00Z'].map(Date.parse);
  fc.assert(
    fc.property(
      fc.constantFrom(...recurrences),
      fc.constantFrom(...changes),
      fc.integer({ min: hours(-3), max: hours(3) }),
      fc.integer({ min: 1, max: 4 }),
      (recurrence, change, shift, limit) => {
        const upTo = change + shift;
        const back = recurrence.newest(upTo, limit);
        const [first = NaN] = back;
        expect(first).toBeLessThanOrEqual(upTo);
        const forward = [recurrence.next(first - 1)];
        while (forward.length <= limit) forward.push(recurrence.next(forward.at(-1) ?? NaN));
        expect(forward.slice(0, limit)).toEqual(back);
        expect(forward.at(-1)).toBeGreaterThan(upTo);
      },
    ),
    { numRuns: 200 },
  );
});
