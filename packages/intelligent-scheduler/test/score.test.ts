import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { score, type ScoreOptions, starvationBoundMs } from '../src/index.ts';

const second = 1_000;
const calm = { now: 10_000 * second, utilisation: 0.5 };
const busy = { now: 10_000 * second, utilisation: 0.71 };

function waited(seconds: number, priority = 5, estimateMs?: number) {
  const enqueuedAt = calm.now - seconds * second;
  return estimateMs === undefined ? { priority, enqueuedAt } : { priority, enqueuedAt, estimateMs };
}

describe('score', () => {
  it.each([
    { says: 'a priority is worth ten points', task: waited(0, 7), total: 70 },
    { says: '300 s of waiting are worth one point', task: waited(300), total: 51 },
    { says: '150 s of waiting are worth half a point', task: waited(150), total: 50.5 },
    { says: 'waiting is worth five points after 1500 s', task: waited(1_500), total: 55 },
    { says: 'past 1500 s, 30 s are worth a point', task: waited(1_530), total: 56 },
    { says: 'past 1500 s, 300 s are worth a level', task: waited(1_800), total: 65 },
    { says: 'a task of the future stands behind', task: waited(-300), total: 49 },
    { says: 'a short task gains nothing while calm', task: waited(0, 5, 1_000), total: 50 },
  ])('$says', ({ task, total }) => {
    expect(score(task, calm).total).toBe(total);
  });

  it.each([
    { says: 'a short task gains three points while busy', estimateMs: 59_999, total: 53 },
    { says: 'an estimate of 60 s is not short', estimateMs: 60_000, total: 50 },
    { says: 'an unknown estimate is not short', estimateMs: undefined, total: 50 },
  ])('$says', ({ estimateMs, total }) => {
    expect(score(waited(0, 5, estimateMs), busy).total).toBe(total);
  });

  it('is not busy at a utilisation of exactly 70 %', () => {
    expect(score(waited(0, 5, 1), { ...calm, utilisation: 0.7 }).total).toBe(50);
  });

  it('names what each part contributes', () => {
    expect(score(waited(1_560, 5, 1), busy)).toEqual({
      total: 60,
      parts: { priority: 50, wait: 5, shortTask: 3, promotion: 2 },
    });
  });

  it('is the sum of its parts', () => {
    fc.assert(
      fc.property(fc.nat(10), fc.integer({ min: -1e6, max: 1e8 }), fc.boolean(), (p, wait, b) => {
        const { total, parts } = score(
          { priority: p, enqueuedAt: -wait, estimateMs: 1 },
          { now: 0, utilisation: b ? 1 : 0 },
        );
        const sum = parts.priority + parts.wait + parts.shortTask + parts.promotion;
        expect(Math.abs(total - sum)).toBeLessThanOrEqual(1e-12 * Math.abs(total));
      }),
    );
  });

  it('never loses by waiting, and gains at any wait', () => {
    fc.assert(
      fc.property(fc.nat(1e9), fc.integer({ min: 1, max: 1e6 }), (now, later) => {
        const task = { priority: 0, enqueuedAt: 0 };
        const before = score(task, { now, utilisation: 0 }).total;
        expect(score(task, { now: now + later, utilisation: 0 }).total).toBeGreaterThan(before);
      }),
    );
  });

  it.each([
    { options: { levelPoints: 20, promoteEvery: '10m' }, total: 105 + 20 / 20 },
    { options: { ageEvery: '10s' }, total: 50 + 6, wait: 60 },
    { options: { ageEvery: '10s', promoteEvery: '50s' }, total: 50 + 5 + 2, wait: 60 },
    { options: { agePointsCap: 1 }, total: 51 + 41 },
    { options: { promoteEvery: '15s' }, total: 55 + 20 },
    { options: { shortTaskPoints: 4 }, total: 55 + 1 + 4, estimateMs: 1 },
    { options: { shortTaskUnder: '2s' }, total: 55 + 1 + 3, estimateMs: 1_999 },
    { options: { shortTaskUnder: '2s' }, total: 55 + 1, estimateMs: 2_000 },
    { options: { busyAbove: 0.71 }, total: 55 + 1, estimateMs: 1 },
  ] satisfies { options: ScoreOptions; total: number; wait?: number; estimateMs?: number }[])(
    '$options changes it to $total',
    ({ options, total, wait, estimateMs }) => {
      expect(score(waited(wait ?? 1_530, 5, estimateMs), busy, options).total).toBeCloseTo(total);
    },
  );

  it.each([
    [{ ageEvery: 0 }, 'ageEvery must be a duration >= 1'],
    [{ levelPoints: -1 }, 'levelPoints must be a number from 0'],
    [{ promoteEvery: '51m' }, 'promoteEvery must be at most levelPoints * ageEvery (3000000 ms)'],
    [{ agePointsCap: Infinity }, 'agePointsCap must be a number from 0'],
    [{ busyAbove: 70 }, 'busyAbove must be a number from 0 to 1, got 70'],
  ] satisfies [ScoreOptions, string][])('refuses %j', (options, message) => {
    expect(() => score(waited(0), calm, options)).toThrow(RangeError);
    expect(() => score(waited(0), calm, options)).toThrow(`intelligent-scheduler: ${message}`);
  });
});

describe('starvationBoundMs', () => {
  it.each([
    { levels: 10, bound: 4_440 * second },
    { levels: 1, bound: 1_740 * second },
    { levels: 0, bound: 900 * second },
    { levels: -1, bound: 0 },
  ])('is $bound ms for $levels levels', ({ levels, bound }) => {
    expect(starvationBoundMs(levels)).toBe(bound);
  });

  it('is 300 s a level + 1350 s + 30 s a point of the bonus, from one level on', () => {
    for (let levels = 1; levels <= 10; levels += 1) {
      expect(starvationBoundMs(levels)).toBe((300 * levels + 1_350 + 30 * 3) * second);
    }
  });

  it('is tight: a newcomer passes 1 ms before it, and at no instant from it on', () => {
    fc.assert(
      fc.property(fc.nat(10), fc.nat(10), fc.nat(1e7), (priority, other, elapsed) => {
        const waiter = { priority, enqueuedAt: 0 };
        const bound = starvationBoundMs(other - priority);
        const newcomer = { priority: other, enqueuedAt: bound, estimateMs: 1 };
        const ahead = (enqueuedAt: number, elapsedMs: number) => {
          const at = { now: enqueuedAt + elapsedMs, utilisation: 1 };
          return score({ ...newcomer, enqueuedAt }, at).total - score(waiter, at).total;
        };
        expect(ahead(bound, elapsed)).toBeLessThanOrEqual(0);
        expect(bound === 0 || ahead(bound - 1, 0) > 0).toBe(true);
      }),
    );
  });
});
