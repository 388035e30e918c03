import { seededRandom } from '@chimera/policy';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Breeder } from '../../src/search/breeder.ts';
import { decodeHarm, encodeHarm } from '../../src/search/harm-proof.ts';
import { settingsFrom } from '../../src/search/settings.ts';
import { smallerTraces } from '../../src/search/smaller-traces.ts';
import { sizeOf, type Trace, type TraceSpace, triggerKinds } from '../../src/search/trace.ts';
import { checkTriggers } from '../../src/sim/engine/check-triggers.ts';
import { endOf, peakTimes, type Trigger } from '../../src/sim/engine/triggers.ts';

const spaces: fc.Arbitrary<TraceSpace> = fc.record({
  kinds: fc.uniqueArray(fc.constantFrom(...triggerKinds), { minLength: 1 }),
  shards: fc.integer({ min: 1, max: 4 }),
  most: fc.integer({ min: 1, max: 6 }),
  warmUpMs: fc.integer({ min: 0, max: 10_000 }),
  traceMs: fc.integer({ min: 500, max: 40_000 }),
});

/** A trace after some generations, and its space. */
const bred = fc
  .record({ space: spaces, seed: fc.nat(), generations: fc.integer({ min: 0, max: 20 }) })
  .map(({ generations, seed, space }) => {
    const breeder = new Breeder(seededRandom(seed), space);
    let trace = breeder.fresh();
    for (let made = 0; made < generations; made += 1) {
      trace = breeder.mutated(breeder.crossed(trace, breeder.fresh()));
    }
    return { space, trace };
  });

function isWithin(trace: Trace, space: TraceSpace): boolean {
  checkTriggers('test', trace);
  return (
    trace.length <= space.most &&
    endOf(trace) <= space.warmUpMs + space.traceMs &&
    peakTimes(trace) <= 10 &&
    trace.every(
      ({ fromMs, kind, shard = 0 }) =>
        fromMs >= space.warmUpMs && space.kinds.includes(kind) && shard < space.shards,
    )
  );
}

function rungOf(sized: ReturnType<typeof sizeOf>): number {
  return sized?.ladder.indexOf(sized.size) ?? 0;
}

/** What a step takes something from: the first that differs is less. */
function amounts(trace: Trace): readonly number[] {
  const total = (of: (trigger: Trigger) => number) =>
    trace.reduce((sum, trigger) => sum + of(trigger), 0);
  return [
    trace.length,
    total((trigger) => Number(trigger.shard === undefined)),
    total((trigger) => rungOf(sizeOf(trigger))),
    total((trigger) => ('forMs' in trigger ? trigger.forMs : 0)),
    total(({ fromMs }) => fromMs),
  ];
}

function isLess(one: readonly number[], other: readonly number[]): boolean {
  const first = one.findIndex((amount, index) => amount !== other[index]);
  return first !== -1 && (one[first] ?? 0) < (other[first] ?? 0);
}

describe('traces', () => {
  test('that are drawn, crossed and changed stay within their space', () => {
    fc.assert(
      fc.property(bred, ({ space, trace }) => {
        expect(isWithin(trace, space)).toBe(true);
      }),
    );
  });

  test('get smaller by every step, so that shrinking ends, and stay within their space', () => {
    fc.assert(
      fc.property(bred, ({ space, trace }) => {
        for (const smaller of smallerTraces(trace, space)) {
          expect(isLess(amounts(smaller), amounts(trace))).toBe(true);
          expect(isWithin(smaller, space)).toBe(true);
        }
      }),
    );
  });

  test('can lose any one of their triggers', () => {
    fc.assert(
      fc.property(bred, ({ space, trace }) => {
        const smaller = [...smallerTraces(trace, space)].map((each) => JSON.stringify(each));
        for (const at of trace.keys()) {
          expect(smaller).toContain(JSON.stringify(trace.toSpliced(at, 1)));
        }
      }),
    );
  });

  test('are read from their proof as they were', () => {
    const settings = settingsFrom({ load: { profile: 'ramp', from: 5, to: 50, overMs: 9_000 } });
    fc.assert(
      fc.property(bred, ({ trace }) => {
        expect(decodeHarm(encodeHarm(settings, trace))).toEqual({ settings, trace });
      }),
    );
  });
});
