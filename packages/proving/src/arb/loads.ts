import type { Arbitrary, FastCheck } from './fast-check.ts';
import type { Load } from './load.ts';

export interface LoadOptions {
  /** No load goes above this. Default 100. */
  readonly maxPerSecond?: number;
  /** What changes, changes within this. Default 60 000. */
  readonly withinMs?: number;
}

/** Loads of every profile; shrinks towards a constant one, and towards none. */
export function loads(
  fc: FastCheck,
  { maxPerSecond = 100, withinMs = 60_000 }: LoadOptions = {},
): Arbitrary<Load> {
  const rate = fc.nat(maxPerSecond);
  const ms = fc.integer({ min: 1, max: withinMs });
  return fc.oneof(
    fc.record({ profile: fc.constant('constant' as const), perSecond: rate }),
    fc.record({ profile: fc.constant('ramp' as const), from: rate, to: rate, overMs: ms }),
    fc.record({
      profile: fc.constant('spike' as const),
      base: rate,
      peak: rate,
      fromMs: fc.nat(withinMs),
      forMs: ms,
    }),
    fc.record({ profile: fc.constant('diurnal' as const), low: rate, high: rate, periodMs: ms }),
    fc.record({
      profile: fc.constant('trace' as const),
      perSecond: fc.array(rate, { minLength: 1 }),
      spanMs: ms,
    }),
  );
}
