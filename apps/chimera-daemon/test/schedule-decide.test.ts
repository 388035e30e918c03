import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type CatchUp,
  decide,
  type Decision,
  dueInstants,
  mostPending,
  nextInstant,
  onTimeMs,
  type Overlap,
  type Recurrence,
  type ScheduleState,
} from '../src/schedules/decide.ts';

const minute = 60_000;

/** At every full hour of the epoch. */
const hour = 60 * minute;
const hourly: Recurrence = {
  next: (after) => (Math.floor(after / hour) + 1) * hour,
  newest: (upTo, limit) => {
    const last = Math.floor(upTo / hour);
    return Array.from({ length: limit }, (_, n) => (last - limit + 1 + n) * hour);
  },
};

const state = (changes: Partial<ScheduleState> = {}): ScheduleState => ({
  isPaused: false,
  decidedUpTo: 100 * hour,
  pending: [],
  active: [],
  ...changes,
});

describe('which instants are due', () => {
  const late = onTimeMs + 1;
  test.for<[string, CatchUp, number, readonly number[]]>([
    ['nothing before the next one', 'last', 101 * hour - 1, []],
    ['one at its instant', 'none', 101 * hour, [101]],
    ['one that is noticed in time', 'none', 101 * hour + onTimeMs - 1, [101]],
    ['none that was missed, with none', 'none', 101 * hour + late, []],
    ['the newest of many, with last', 'last', 105 * hour + late, [105]],
    ['the one in time of many, with none', 'none', 105 * hour, [105]],
    ['as many of the newest as the bound says', 3, 105 * hour + late, [103, 104, 105]],
    ['all, where they are fewer', 9, 103 * hour, [101, 102, 103]],
    ['nothing when the clock was set back', 9, 98 * hour, []],
    ['nothing of the hour in which a clock of tomorrow was corrected', 'last', 70 * hour, []],
  ])('%s', ([, catchUp, now, expected]) => {
    expect(dueInstants(100 * hour, catchUp, hourly, now)).toEqual(expected.map((n) => n * hour));
  });
});

test('all that are noticed in time are due, where several come within a minute', () => {
  const second = 1_000;
  const often: Recurrence = {
    next: (after) => (Math.floor(after / (10 * second)) + 1) * 10 * second,
    newest: (upTo, limit) => {
      const last = Math.floor(upTo / (10 * second));
      return Array.from({ length: limit }, (_, n) => (last - limit + 1 + n) * 10 * second);
    },
  };
  for (const catchUp of ['none', 'last', 1] as const) {
    // The loop was late by half a minute: three instants.
    expect(dueInstants(100 * second, catchUp, often, 135 * second)).toEqual([
      110 * second,
      120 * second,
      130 * second,
    ]);
  }
  // By two minutes: most were missed.
  expect(dueInstants(100 * second, 'last', often, 225 * second)).toEqual([220 * second]);
  expect(dueInstants(100 * second, 'none', often, 225 * second)).toHaveLength(6);
});

describe('what happens to what is due', () => {
  test.for<[Overlap, Partial<ScheduleState>, Partial<Decision>]>([
    ['skip', {}, { start: 101, pending: [], skipped: [] }],
    ['skip', { active: ['a'] }, { start: undefined, skipped: [101], cancel: [] }],
    ['queue', {}, { start: 101, pending: [] }],
    ['queue', { active: ['a'] }, { start: undefined, pending: [101], skipped: [] }],
    ['queue', { pending: [99] }, { start: 99, pending: [101] }],
    ['queue', { active: ['a'], pending: [99] }, { start: undefined, pending: [99, 101] }],
    ['cancel-previous', {}, { start: 101, cancel: [] }],
    ['cancel-previous', { active: ['a', 'b'] }, { start: 101, cancel: ['a', 'b'] }],
  ])('%s with %j', ([overlap, before, expected]) => {
    const inHours = (n: number | undefined) => n && n / hour;
    const scaled = { ...before, pending: (before.pending ?? []).map((n) => n * hour) };
    const decision = decide(state(scaled), { overlap, catchUp: 'last' }, hourly, 101 * hour);
    expect({
      ...decision,
      start: inHours(decision.start),
      pending: decision.pending.map(inHours),
      skipped: decision.skipped.map(inHours),
    }).toMatchObject(expected);
  });

  test('a paused one starts nothing, not even what waits, and does not look back later', () => {
    const paused = state({ isPaused: true, pending: [99 * hour] });
    const now = 105 * hour;
    const decision = decide(paused, { overlap: 'queue', catchUp: 9 }, hourly, now);
    expect(decision).toEqual({
      decidedUpTo: now,
      pending: [99 * hour],
      start: undefined,
      cancel: [],
      skipped: [],
    });
  });

  test('what waits is bounded, and the newest is what goes', () => {
    const pending = Array.from({ length: mostPending }, (_, n) => n);
    const full = state({ pending, active: ['a'] });
    const decision = decide(full, { overlap: 'queue', catchUp: 'last' }, hourly, 101 * hour);
    expect(decision.pending).toEqual(pending);
    expect(decision.skipped).toEqual([101 * hour]);
  });

  test('a mark of a clock that was wrong by more than a day is not waited for', () => {
    const now = 101 * hour - 1;
    const ahead = { decidedUpTo: now + 48 * hour };
    expect(nextInstant(ahead, hourly, now)).toBe(101 * hour);
    const decision = decide(state(ahead), { overlap: 'skip', catchUp: 'last' }, hourly, now);
    expect(decision).toMatchObject({ decidedUpTo: now, start: undefined });
    const onlyHours = { decidedUpTo: now + 5 * hour };
    expect(nextInstant(onlyHours, hourly, now)).toBe(106 * hour);
  });
});

describe('laws', () => {
  const overlaps = fc.constantFrom<Overlap>('skip', 'queue', 'cancel-previous');
  const catchUps = fc.oneof(
    fc.constantFrom<CatchUp>('none', 'last'),
    fc.integer({ min: 1, max: 20 }),
  );
  /** How far the clock moves, and whether what runs ends before the next look. */
  const looks = fc.array(
    fc.record({
      moves: fc.integer({ min: -20 * minute, max: 10 * hour }),
      ends: fc.boolean(),
      pauses: fc.boolean(),
    }),
    { maxLength: 40 },
  );

  /** Looks as the daemon does, and keeps what it keeps. */
  function* run(
    steps: readonly { moves: number; ends: boolean; pauses: boolean }[],
    policies: { overlap: Overlap; catchUp: CatchUp },
  ) {
    let now = 100 * hour;
    let kept = state();
    for (const { ends, moves, pauses } of steps) {
      now += moves;
      kept = { ...kept, isPaused: pauses, active: ends ? [] : kept.active };
      const before = kept;
      const decision = decide(before, policies, hourly, now);
      const { cancel, decidedUpTo, pending, start } = decision;
      const left = before.active.filter((id) => !cancel.includes(id));
      kept = {
        ...before,
        decidedUpTo,
        pending,
        active: start === undefined ? left : [...left, `${start}`],
      };
      yield { before, decision, after: kept, now };
    }
  }

  test('no instant is started or skipped twice, whatever the clock does', () => {
    fc.assert(
      fc.property(looks, overlaps, catchUps, (steps, overlap, catchUp) => {
        const met: number[] = [];
        for (const { decision } of run(steps, { overlap, catchUp })) {
          if (decision.start !== undefined) met.push(decision.start);
          met.push(...decision.skipped);
        }
        expect(met).toHaveLength(new Set(met).size);
      }),
    );
  });

  test('the mark never goes back, and no instant is started before it has come', () => {
    fc.assert(
      fc.property(looks, overlaps, catchUps, (steps, overlap, catchUp) => {
        for (const { after, before, decision } of run(steps, { overlap, catchUp })) {
          expect(after.decidedUpTo).toBeGreaterThanOrEqual(before.decidedUpTo);
          expect(decision.start ?? 0).toBeLessThanOrEqual(after.decidedUpTo);
        }
      }),
    );
  });

  test('only one is active at a time', () => {
    fc.assert(
      fc.property(looks, overlaps, catchUps, (steps, overlap, catchUp) => {
        for (const { after } of run(steps, { overlap, catchUp }))
          expect(after.active.length).toBeLessThanOrEqual(1);
      }),
    );
  });

  test('with a bound that is wide enough, every instant is started, waits, or is skipped in words', () => {
    fc.assert(
      fc.property(looks, overlaps, (steps, overlap) => {
        const met = new Set<number>();
        let last: number | undefined;
        const unpaused = steps.map((step) => ({ ...step, pauses: false }));
        for (const { after, decision } of run(unpaused, { overlap, catchUp: 20 })) {
          for (const each of [...after.pending, ...decision.skipped]) met.add(each);
          if (decision.start !== undefined) met.add(decision.start);
          last = after.decidedUpTo;
        }
        for (let at = 101 * hour; at <= (last ?? 0); at += hour) expect(met).toContain(at);
      }),
    );
  });

  test('with a narrow bound, the newest are met', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 50 * hour }),
        fc.integer({ min: 1, max: 20 }),
        (ms, bound) => {
          const now = 100 * hour + ms;
          const all = dueInstants(100 * hour, 1_000, hourly, now);
          expect(dueInstants(100 * hour, bound, hourly, now)).toEqual(all.slice(-bound));
        },
      ),
    );
  });
});
