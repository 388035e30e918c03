import type { Arbitrary, FastCheck } from './fast-check.ts';
import { type Latency, quantile } from './latency.ts';
import { shares } from './shares.ts';

/** Whole ms with this distribution; shrinks towards the fastest. */
export function latencies(fc: FastCheck, latency: Latency): Arbitrary<number> {
  return shares(fc).map((share) => Math.round(quantile(latency, share)));
}

/** A dependency that gets slower with each answer, by up to so many ms: the slow drip that no single call shows. */
export function slowDrips(
  fc: FastCheck,
  { fromMs, byMs }: { readonly fromMs: number; readonly byMs: number },
): Arbitrary<readonly number[]> {
  return fc.array(fc.integer({ min: 0, max: byMs }), { minLength: 1 }).map((steps) => {
    let ms = fromMs;
    return steps.map((step) => {
      ms += step;
      return ms;
    });
  });
}
