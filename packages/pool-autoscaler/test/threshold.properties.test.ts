import { scalingPolicy } from '@chimera/pool-autoscaler';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { load, runLoad, steadyLoad } from './scaling-run.ts';

const policy = scalingPolicy({});

test('two growths, and two shrinks, are a cooldown apart', () => {
  fc.assert(
    fc.property(load, (ticks) => {
      const last = { up: -Infinity, down: -Infinity, hold: -Infinity };
      const hasty = runLoad(policy, ticks).filter(({ snapshot, decision }) => {
        const since = snapshot.at - last[decision.action];
        last[decision.action] = snapshot.at;
        return decision.action !== 'hold' && decision.cause === 'demand' && since < 60_000;
      });
      expect(hasty).toEqual([]);
    }),
  );
});

test('comes to rest under constant load', () => {
  fc.assert(
    fc.property(fc.nat(20), fc.integer({ min: 3, max: 10 }), (demand, size) => {
      const steps = runLoad(policy, steadyLoad(demand, 1_500), size);
      expect(steps.slice(-600).filter(({ decision }) => decision.action !== 'hold')).toEqual([]);
    }),
    { numRuns: 40 },
  );
});

test('more load never ends in a smaller pool', () => {
  fc.assert(
    fc.property(fc.nat(12), fc.nat(12), (one, other) => {
      const [less, more] = [Math.min(one, other), Math.max(one, other)];
      expect(restingSize(more)).toBeGreaterThanOrEqual(restingSize(less));
    }),
    { numRuns: 40 },
  );
});

test('does not move while utilisation stays between the thresholds', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 4, max: 7 })), (loads) => {
      const ticks = loads.flatMap((running) => steadyLoad(running, 1));
      const moves = runLoad(policy, ticks, 10).filter(({ decision }) => decision.action !== 'hold');
      expect(moves).toEqual([]);
    }),
  );
});

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

function restingSize(demand: number): number {
  return runLoad(policy, steadyLoad(demand, 1_500)).at(-1)?.decision.to ?? NaN;
}
