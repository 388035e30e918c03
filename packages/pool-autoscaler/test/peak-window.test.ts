import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { observePeak, peakOf, type PeakWindow } from '../src/peak-window.ts';

const spanMs = 6_400;

test('is never under the true peak of the span, nor over that of a span one grain longer', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(900), fc.nat(100)), { minLength: 1, size: '+1' }),
      (samples) => {
        let window: PeakWindow | undefined;
        let at = 0;
        const seen: { at: number; value: number }[] = [];
        const peakSince = (since: number) =>
          Math.max(...seen.filter((sample) => sample.at >= since).map(({ value }) => value));
        for (const [afterMs, value] of samples) {
          at += afterMs;
          seen.push({ at, value });
          window = observePeak(window, at, value, spanMs);
          expect(peakOf(window)).toBeGreaterThanOrEqual(peakSince(at - spanMs));
          expect(peakOf(window)).toBeLessThanOrEqual(peakSince(at - spanMs - spanMs / 64));
          expect(window.steps.length).toBeLessThanOrEqual(66);
        }
      },
    ),
  );
});

test('forgets what came before a gap', () => {
  const before = observePeak(undefined, 0, 9, spanMs);
  expect(observePeak(before, 10_001, 1, spanMs)).toEqual({ since: 10_001, steps: [[10_001, 1]] });
});
