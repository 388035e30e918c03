import type { Arbitrary, FastCheck } from './fast-check.ts';

const steps = 2 ** 30;

/** Uniform in [0, 1), without fast-check's liking for the ends; shrinks towards 0. */
export function shares(fc: FastCheck): Arbitrary<number> {
  return fc.noBias(fc.integer({ min: 0, max: steps - 1 })).map((step) => step / steps);
}
