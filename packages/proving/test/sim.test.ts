import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  batchMeans,
  closed,
  evenly,
  exponential,
  intervalOf,
  mser5,
  poisson,
  queueing,
  scaling,
  type Simulation,
  simulate,
  type SimulationOptions,
  summarise,
} from '../src/sim.ts';

/** Systems of every kind, small; each run drains. */
const systems = fc
  .record({
    seed: fc.nat(1_000_000),
    slots: fc.integer({ min: 1, max: 4 }),
    order: fc.constantFrom('fifo' as const, 'lifo' as const),
    maxQueue: fc.constantFrom(0, 3, Infinity),
    perSecond: fc.integer({ min: 5, max: 60 }),
    demand: fc.constantFrom('poisson', 'even', 'closed'),
  })
  .map(({ demand, perSecond, seed, ...queue }) => ({
    seed,
    server: queueing({ ...queue, service: exponential(50) }),
    demand:
      demand === 'closed'
        ? closed({ users: 6, think: exponential(30) })
        : (demand === 'even' ? evenly : poisson)(perSecond),
    runFor: 5_000,
    drains: true,
    span: 100,
  }));

function log({ records: { calls } }: Simulation): readonly (readonly number[])[] {
  const { attempts, endedAt, isGood, startedAt } = calls;
  return Array.from({ length: calls.endedAt.length }, (_, row) => [
    startedAt.at(row),
    endedAt.at(row),
    attempts.at(row),
    isGood.at(row),
  ]);
}

function queueOf(order: 'fifo' | 'lifo'): Promise<Simulation> {
  return simulate({
    demand: poisson(30),
    server: queueing({ order, service: exponential(40) }),
    runFor: 20_000,
    drains: true,
  });
}

const startsOf = ({ records: { calls } }: Simulation) => [...calls.startedAt.values];
const sum = (values: readonly number[]) => values.reduce((total, each) => total + each, 0);

describe('a simulation', () => {
  test('is the same for the same seed, and another for another', async () => {
    await fc.assert(
      fc.asyncProperty(systems, async (system) => {
        expect(log(await simulate(system))).toEqual(log(await simulate(system)));
      }),
      { numRuns: 20 },
    );
    const options: SimulationOptions = {
      demand: poisson(50),
      server: queueing({ service: exponential(10) }),
      runFor: 1_000,
    };
    expect(log(await simulate({ ...options, seed: 1 }))).not.toEqual(
      log(await simulate({ ...options, seed: 2 })),
    );
  });

  test('loses nobody: whoever comes is served or refused, and is counted in the system meanwhile', async () => {
    await fc.assert(
      fc.asyncProperty(systems, async (system) => {
        const run = await simulate(system);
        const { begun, calls, population, refusals } = run.records;
        expect(calls.endedAt.length).toBe(sum(begun.sums));
        expect(sum(refusals.sums)).toBe(calls.isGood.values.filter((good) => good === 0).length);
        // Little's law without its limits: over a run that begins and ends empty it is an identity.
        const inSystemMs = sum(log(run).map(([from = 0, to = 0]) => to - from));
        expect(sum(population.sums)).toBeCloseTo(inSystemMs, 4);
        expect(run.records.inSystem).toBe(0);
      }),
      { numRuns: 50 },
    );
  });

  test('serves the first first, and on request the last', async () => {
    const [fifo, lifo] = [await queueOf('fifo'), await queueOf('lifo')];
    expect(startsOf(fifo)).toEqual(startsOf(fifo).toSorted((one, other) => one - other));
    expect(startsOf(lifo)).not.toEqual(startsOf(fifo));
    // Who is served changes; the work, and when it is done, does not.
    expect([...lifo.records.calls.endedAt.values]).toEqual([...fifo.records.calls.endedAt.values]);
  });

  test('leaves no slot idle while somebody waits', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(10_000), fc.integer({ min: 1, max: 4 }), async (seed, slots) => {
        const run = await simulate({
          seed,
          demand: poisson(40),
          server: queueing({ slots, service: exponential(60) }),
          runFor: 5_000,
          drains: true,
        });
        const { cameAt, waitMs } = run.records.waits;
        const ends = run.records.calls.endedAt.values;
        for (let row = 0; row < waitMs.length; row += 1) {
          if (waitMs.at(row) === 0) continue;
          // Whoever waited began at the instant at which another one ended.
          const startedAt = cameAt.at(row) + waitMs.at(row);
          expect(Math.min(...ends.map((end) => Math.abs(end - startedAt)))).toBeLessThan(1e-6);
        }
      }),
      { numRuns: 10 },
    );
  });

  test('never has more calls in a closed loop than users', async () => {
    const run = await simulate({
      demand: closed({ users: 5, think: exponential(20), callsEach: 40 }),
      server: queueing({ slots: 2, service: exponential(50) }),
    });
    expect(run.records.calls.endedAt.length).toBe(200);
    for (const inSpan of run.records.population.sums) {
      expect(inSpan / run.records.population.spanMs).toBeLessThanOrEqual(5);
    }
  });
});

describe('a queue', () => {
  test('waits as Pollaczek and Khinchine found, whatever the distribution of service', async () => {
    // λ E[S²] / (2 (1 − ρ)); a constant has E[S²] = s², Weibull Γ(1 + 2/k) scale².
    const cases = [
      { service: 20, second: 400 },
      { service: exponential(20), second: 800 },
      { service: { shape: 'weibull' as const, scaleMs: 40, k: 2 }, second: 1_600, mean: 35.449 },
    ];
    for (const { mean = 20, second, service } of cases) {
      const perMs = 0.7 / mean;
      const waits = [];
      for (let seed = 1; seed <= 5; seed += 1) {
        const run = await simulate({
          seed,
          demand: poisson(1_000 * perMs),
          server: queueing({ service }),
          runFor: 500_000,
        });
        waits.push(summarise(run, { fromMs: 20_000 }).wait.mean);
      }
      const { high, low } = intervalOf(waits);
      const known = (perMs * second) / (2 * (1 - 0.7));
      expect(low).toBeLessThan(known);
      expect(high).toBeGreaterThan(known);
    }
  });
});

describe('a server that scales by the universal law', () => {
  test('has its peak where the law has it', async () => {
    const [alpha, beta] = [0.05, 0.002];
    const throughputs = [];
    const users = [5, 10, 15, 20, 22, 25, 30, 40, 60];
    for (const n of users) {
      const run = await simulate({
        demand: closed({ users: n }),
        server: scaling({ service: 100, alpha, beta }),
        runFor: 60_000,
      });
      const { goodput } = summarise(run, { fromMs: 10_000 });
      expect(goodput).toBeCloseTo(n / (0.1 * (1 + alpha * (n - 1) + beta * n * (n - 1))), 0);
      throughputs.push(goodput);
    }
    const peak = users[throughputs.indexOf(Math.max(...throughputs))];
    expect(peak).toBe(Math.round(Math.sqrt((1 - alpha) / beta)));
  });
});

describe('statistics', () => {
  test("intervals are those of Student's t", () => {
    // Of n = 4: 3.1824 · s / 2.
    const { high, low, mean } = intervalOf([1, 2, 3, 4]);
    expect(mean).toBe(2.5);
    expect(high - mean).toBeCloseTo((3.1824 * Math.sqrt(5 / 3)) / 2, 4);
    expect(mean - low).toBeCloseTo(high - mean, 10);
    // 22 degrees of freedom stand between the rows of the table: 2.0739.
    const many = intervalOf(Array.from({ length: 23 }, (_, index) => (index % 2 === 0 ? 1 : -1)));
    const deviation = Math.sqrt((23 - 1 / 23) / 22 / 23);
    expect((many.high - many.mean) / deviation).toBeCloseTo(2.0739, 3);
  });

  test('batches leave the remainder at the front out', () => {
    expect(batchMeans([100, 1, 3, 5, 7], 2)).toMatchObject({ mean: 4 });
  });

  test('the warm-up ends where the values settle', () => {
    const settling = Array.from({ length: 400 }, (_, index) =>
      index < 60 ? 100 - index : 40 + ((index * 7) % 5),
    );
    expect(mser5(settling)).toBeGreaterThanOrEqual(50);
    expect(mser5(settling)).toBeLessThanOrEqual(65);
    expect(mser5(settling.slice(60))).toBe(0);
  });
});
