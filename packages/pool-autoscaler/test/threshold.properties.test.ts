import { scalingPolicy } from '@chimera/pool-autoscaler';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { runLoad, steadyLoad } from './scaling-run.ts';

test('under constant load, thresholds that it accepts never move the pool both ways', () => {
  const settings = fc.record({
    upAt: fc.double({ min: 0.05, max: 1, noNaN: true }),
    downAt: fc.double({ min: 0, max: 1, noNaN: true }),
    upBy: fc.integer({ min: 1, max: 6 }),
    downBy: fc.integer({ min: 1, max: 6 }),
    min: fc.integer({ min: 1, max: 5 }),
  });
  fc.assert(
    fc.property(settings, fc.nat(5), fc.integer({ min: 5, max: 40 }), (options, demand, start) => {
      const accepted = accept(() => scalingPolicy({ ...options, max: 40, cooldownMs: 0 }));
      fc.pre(accepted !== undefined);
      const steps = runLoad(accepted, steadyLoad(demand, 60), start);
      const actions = new Set(steps.map(({ decision }) => decision.action));
      expect(actions.has('up') && actions.has('down')).toBe(false);
    }),
    { numRuns: 300 },
  );
});

function accept<T>(build: () => T): T | undefined {
  try {
    return build();
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
