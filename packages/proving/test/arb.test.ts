import { seededRandom } from '@chimera/policy';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  arrivals,
  configurations,
  latencies,
  type Latency,
  type Load,
  loads,
  outcomes,
  peakOf,
  programs,
  rateAt,
  slowDrips,
} from '../src/arb.ts';
import { breaker, checkPolicy, lawsOf, perform } from '../src/index.ts';
import { SpecimenBreaker } from '../src/mutants.ts';
import type { World } from '../src/world/world.ts';

const samples = 20_000;

function mean(numbers: readonly number[]): number {
  return numbers.reduce((sum, each) => sum + each, 0) / numbers.length;
}

describe('latencies', () => {
  const gammaOfThreeHalves = Math.sqrt(Math.PI) / 2;
  const known: readonly [Latency, number][] = [
    [{ shape: 'exponential', meanMs: 200 }, 200],
    [{ shape: 'bimodal', fastMs: 10, slowMs: 1_000, slowShare: 0.1 }, 0.9 * 10 + 0.1 * 1_000],
    [{ shape: 'weibull', scaleMs: 300, k: 2 }, 300 * gammaOfThreeHalves],
  ];

  test.each(known)('of %j have their mean', (latency, expected) => {
    const drawn = fc.sample(latencies(fc, latency), { numRuns: samples, seed: 1 });
    expect(Math.abs(mean(drawn) / expected - 1)).toBeLessThan(0.03);
  });

  test('of a slow drip never get shorter', () => {
    fc.assert(
      fc.property(slowDrips(fc, { fromMs: 10, byMs: 5 }), (drip) => {
        expect(drip).toEqual(drip.toSorted((one, other) => one - other));
        expect(drip.every((ms) => ms >= 10)).toBe(true);
      }),
    );
  });
});

describe('loads', () => {
  test('bring as many calls as their rate says', () => {
    const loads: Load[] = [
      { profile: 'constant', perSecond: 50 },
      { profile: 'ramp', from: 0, to: 100, overMs: 100_000 },
      { profile: 'diurnal', low: 0, high: 100, periodMs: 50_000 },
      { profile: 'spike', base: 25, peak: 275, fromMs: 40_000, forMs: 10_000 },
      { profile: 'trace', perSecond: [0, 100], spanMs: 1_000 },
    ];
    for (const load of loads) {
      const calls = [...arrivals(load, 100_000, seededRandom(7))];
      expect(Math.abs(calls.length / 5_000 - 1)).toBeLessThan(0.05);
      expect(calls).toEqual(calls.toSorted((one, other) => one - other));
    }
  });

  test.each([Number.NaN, -1, Infinity])('of %d a second have no first call', (perSecond) => {
    const calls = arrivals({ profile: 'constant', perSecond }, 1_000, seededRandom(7));
    expect(() => calls.next()).toThrow('load: rate must be a number from 0');
  });

  test('may be a trace of a year', () => {
    const perSecond = Array.from({ length: 525_600 }, (_, minute) => minute % 7);
    expect(peakOf({ profile: 'trace', perSecond, spanMs: 60_000 })).toBe(6);
  });

  test('never go above their peak', () => {
    fc.assert(
      fc.property(loads(fc), fc.nat(200_000), (load, at) => {
        expect(rateAt(load, at)).toBeGreaterThanOrEqual(0);
        expect(rateAt(load, at)).toBeLessThanOrEqual(peakOf(load) + 1e-9);
      }),
    );
  });
});

test('outcomes shrink to the one that matters', () => {
  const found = fc.check(
    fc.property(outcomes(fc), (all) => !all.includes('hangs')),
    { seed: 3, numRuns: 1_000 },
  );
  expect(found.counterexample?.[0]).toEqual(['hangs']);
});

test('a right breaker keeps every law, whatever its configuration', async () => {
  await fc.assert(
    fc.asyncProperty(configurations(fc, 'breaker'), fc.nat(), async (rules, seed) => {
      const create = (world: World) => new SpecimenBreaker(rules, world);
      expect((await checkPolicy(create, rules, { seed, runs: 5 })).runs).toBe(5);
    }),
    { numRuns: 40 },
  );
});

test('programs reach the stale permit, and fast-check shrinks them to eight steps', async () => {
  class StalePermits extends SpecimenBreaker {
    override isCurrent(): boolean {
      return true;
    }
  }
  const rules = breaker({ failuresInARow: 2, openForMs: 30_000 });
  const law = lawsOf('breaker').find(({ id }) => id === 'breaker-4');
  const found = await fc.check(
    fc.asyncProperty(programs(fc, rules), async (program) => {
      const history = await perform(program, rules, (world) => new StalePermits(rules, world), 1);
      return law !== undefined && 'check' in law && law.check(history) === undefined;
    }),
    { seed: 1, numRuns: 2_000 },
  );
  expect(found.failed).toBe(true);
  expect(found.counterexample?.[0].length).toBeLessThanOrEqual(9);
});
