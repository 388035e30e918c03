import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DurationHistory, type DurationHistoryOptions } from '../src/index.ts';

const durations = fc.array(fc.nat(1_000_000), { minLength: 5, maxLength: 200 });

function historyOf(values: readonly number[], options: DurationHistoryOptions = {}) {
  const history = new DurationHistory(options);
  for (const value of values) history.observe('review', value);
  return history;
}

describe('DurationHistory', () => {
  it('knows nothing of a kind before its fifth duration', () => {
    expect(historyOf([1, 2, 3, 4]).estimate('review')).toBeUndefined();
    expect(historyOf([1, 2, 3, 4, 5]).estimate('review')?.samples).toBe(5);
    expect(historyOf([1], { minSamples: 1 }).estimate('review')?.p90Ms).toBe(1);
    expect(historyOf([1, 2, 3, 4, 5]).estimate('deploy')).toBeUndefined();
  });

  it('gives a P90 that nine in ten of the latest 64 do not exceed, and fewer do any less', () => {
    fc.assert(
      fc.property(durations, (values) => {
        const latest = values.slice(-64);
        const p90 = historyOf(values).estimate('review')?.p90Ms ?? -1;
        const within = (limit: number) => latest.filter((value) => value <= limit).length;
        expect(latest).toContain(p90);
        expect(within(p90)).toBeGreaterThanOrEqual(0.9 * latest.length);
        expect(within(p90 - 1)).toBeLessThan(0.9 * latest.length);
      }),
    );
  });

  it('keeps its mean between the least and the most, and follows a change', () => {
    fc.assert(
      fc.property(durations, (values) => {
        const ewmaMs = historyOf(values).estimate('review')?.ewmaMs ?? -1;
        expect(ewmaMs).toBeGreaterThanOrEqual(Math.min(...values) - 1e-6);
        expect(ewmaMs).toBeLessThanOrEqual(Math.max(...values) + 1e-6);
      }),
    );
    const faster = [100, 100, 100, 100, 100, 0];
    expect(historyOf(faster).estimate('review')?.ewmaMs).toBeCloseTo(80);
    expect(historyOf(faster, { smoothing: 0.5 }).estimate('review')?.ewmaMs).toBeCloseTo(50);
  });

  it('forgets durations that left its window', () => {
    const history = historyOf([900, 900, 900, 1, 1, 1], { window: 3, minSamples: 3 });
    expect(history.estimate('review')).toMatchObject({ p90Ms: 1, samples: 3 });
  });

  it('forgets the kind that was not observed for longest', () => {
    const history = new DurationHistory({ maxKinds: 2, minSamples: 1 });
    for (const kind of ['a', 'b', 'a', 'c']) history.observe(kind, 1);
    expect(Object.keys(history.toJSON())).toEqual(['a', 'c']);
  });

  it('survives a trip through JSON', () => {
    const history = historyOf([5, 4, 3, 2, 1]);
    const revived = new DurationHistory({}, JSON.parse(JSON.stringify(history)));
    expect(revived.estimate('review')).toEqual(history.estimate('review'));
  });

  it('comes back within smaller bounds than it was kept in', () => {
    const large = new DurationHistory();
    for (const kind of ['a', 'b', 'c']) {
      for (const ms of [900, 900, 900, 1, 1, 1]) large.observe(kind, ms);
    }
    const saved = JSON.parse(JSON.stringify(large));
    const small = new DurationHistory({ maxKinds: 2, window: 3, minSamples: 3 }, saved);
    expect(Object.keys(small.toJSON())).toEqual(['b', 'c']);
    expect(small.estimate('b')).toMatchObject({ p90Ms: 1, samples: 3 });
  });

  it.each([
    [{ window: 0 }, 'window must be an integer >= 1, got 0'],
    [{ smoothing: 2 }, 'smoothing must be a number greater than 0 and at most 1, got 2'],
    [{ smoothing: 0 }, 'smoothing must be a number greater than 0 and at most 1, got 0'],
    [{ minSamples: 65 }, 'minSamples must be an integer from 1 to 64, got 65'],
    [{ maxKinds: 0 }, 'maxKinds must be an integer >= 1, got 0'],
  ] satisfies [DurationHistoryOptions, string][])('refuses %j', (options, message) => {
    expect(() => new DurationHistory(options)).toThrow(`intelligent-scheduler: ${message}`);
  });

  it.each([-1, Number.NaN, Infinity])('refuses a duration of %d', (value) => {
    expect(() => historyOf([value])).toThrow(RangeError);
  });
});
