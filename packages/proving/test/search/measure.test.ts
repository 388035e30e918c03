import { describe, expect, test } from 'vitest';
import { harmOf, type Measure, totalsOf } from '../../src/search/measure.ts';
import { evenly, queueing, simulate } from '../../src/sim.ts';

const without = { calls: 100, good: 80, attempts: 100, tookMs: 10_000 };

describe('harm', () => {
  test.each<[Measure, Partial<typeof without>, number]>([
    ['goodput', { good: 60 }, 0.25],
    ['goodput', { good: 100 }, -0.25],
    ['availability', { good: 60 }, 0.2],
    ['latency', { tookMs: 15_000 }, 0.5],
    ['attempts', { attempts: 300 }, 2],
  ])('of %s with %j is %d', (measure, policy, harm) => {
    expect(harmOf(measure, { ...without, ...policy }, without)).toBeCloseTo(harm, 10);
  });

  test.each<Measure>(['goodput', 'availability', 'latency', 'attempts'])(
    'of %s is none where there is nothing to lose',
    (measure) => {
      const nothing = { calls: 0, good: 0, attempts: 0, tookMs: 0 };
      expect(harmOf(measure, without, nothing)).toBe(0);
    },
  );
});

test('a call is good when it ends well before its caller goes; what is not takes as long as that', async () => {
  const run = await simulate({
    demand: evenly(10),
    server: queueing({ slots: 5, service: 50 }),
    triggers: [
      { kind: 'latency', fromMs: 1_000, forMs: 1_000, addMs: 300 },
      { kind: 'errors', fromMs: 2_990, forMs: 1_000, share: 1 },
    ],
    runFor: 10_000,
    span: 500,
  });
  // Calls at 100, 200, …, 4900 ms: ten are slow, ten fail.
  const totals = totalsOf(run, { patienceMs: 100, untilMs: 5_000 });
  expect(totals).toMatchObject({ calls: 49, good: 29, attempts: 49 });
  expect(totals.tookMs).toBeCloseTo(29 * 50 + 20 * 100, 6);
});
