import { type Policy, Timeout } from '@chimera/policy';
import { describe, expect, test } from 'vitest';
import {
  byRule,
  cached,
  type ClientOf,
  closed,
  distant,
  evenly,
  exponential,
  mapSvg,
  mapText,
  metastabilityMap,
  poisson,
  queueing,
  recoveryMs,
  runSvg,
  runText,
  scaling,
  shards,
  simulate,
  type SimulationOptions,
  sparkline,
  summarise,
  type Times,
} from '../src/sim.ts';

const sum = (values: readonly number[]) => values.reduce((total, each) => total + each, 0);

const system: SimulationOptions = {
  demand: evenly(100),
  server: queueing({ slots: 2, service: 10 }),
  runFor: 30_000,
  triggers: [],
};
const between = async (over: Partial<SimulationOptions>) => {
  const run = await simulate({ ...system, ...over });
  const during = summarise(run, { fromMs: 10_000, untilMs: 20_000 });
  return { before: summarise(run, { untilMs: 10_000 }), during, run };
};
const spell = { fromMs: 10_000, forMs: 10_000 };

const share = async (...shares: readonly number[]) => {
  const triggers = shares.map((each) => ({ kind: 'errors' as const, share: each, ...spell }));
  return (await between({ demand: evenly(300), server: scaling({ service: 1 }), triggers })).during
    .successShare;
};

const hitRate = async (over: { isWarm?: boolean; capacity?: number }) => {
  const run = await simulate({
    demand: evenly(100),
    server: cached({ keys: 50, hit: 1, ...over }, scaling({ service: 100 })),
    runFor: 60_000,
  });
  const late = summarise(run, { fromMs: 30_000 }).latency.mean;
  return { early: summarise(run, { untilMs: 1_000 }).latency.mean, late };
};

const overload = (skipsAbandoned: boolean, maxQueue: number, client: ClientOf, service: Times) =>
  simulate({
    demand: evenly(200),
    server: queueing({ service, maxQueue, skipsAbandoned }),
    client,
    runFor: 10_000,
  });

const patient: ClientOf = (site) => byRule(site, {});

describe('triggers', () => {
  test('take capacity away and give it back', async () => {
    const { before, during, run } = await between({
      demand: evenly(150),
      triggers: [{ kind: 'capacity', lost: 0.5, ...spell }],
    });
    expect(before.goodput).toBeCloseTo(150, 0);
    expect(during.goodput).toBeCloseTo(100, 0);
    // 500 calls wait at the end; 50 more than come are served each second.
    expect(run.records.inSystem).toBeLessThan(10);
  });

  test('slow service down, by a factor and by an amount', async () => {
    const { before, during } = await between({
      triggers: [{ kind: 'latency', times: 1.2, addMs: 5, ...spell }],
    });
    expect(before.latency.mean).toBeCloseTo(10, 5);
    expect(during.latency.mean).toBeCloseTo(17, 5);
  });

  test('fail a share of requests; two of them at once fail what either would', async () => {
    expect(await share(0.3)).toBeCloseTo(0.7, 1);
    expect(await share(0.3, 0.5)).toBeCloseTo(0.35, 1);
  });

  test.each([
    ['even', evenly],
    ['random', poisson],
  ])('multiply a load of %s arrivals', async (_, demand) => {
    const { before, during } = await between({
      demand: demand(100),
      server: scaling({ service: 1 }),
      triggers: [{ kind: 'load', times: 3, ...spell }],
    });
    expect(during.offered / before.offered).toBeGreaterThan(2.7);
    expect(during.offered / before.offered).toBeLessThan(3.3);
  });

  test('hit one shard and leave the others alone', async () => {
    const { during } = await between({
      server: shards(4, queueing({ service: 1 })),
      triggers: [{ kind: 'errors', share: 1, shard: 2, ...spell }],
    });
    expect(during.successShare).toBeCloseTo(0.75, 1);
  });

  test('empty a cache, and the server behind it feels it', async () => {
    const { before, run } = await between({
      demand: evenly(200),
      server: cached({ keys: 1_000, hit: 1 }, queueing({ service: 6 })),
      triggers: [{ kind: 'flush', fromMs: 10_000 }],
    });
    expect(before.latency.p999).toBe(1);
    expect(summarise(run, { fromMs: 10_000, untilMs: 12_000 }).latency.p50).toBeGreaterThan(5);
    expect(summarise(run, { fromMs: 28_000 }).latency.p50).toBe(1);
  });
});

describe('servers', () => {
  test('a cold cache fills; a small one forgets what was unused the longest', async () => {
    const cold = await hitRate({ isWarm: false });
    expect(cold.early).toBeGreaterThan(20);
    expect(cold.late).toBe(1);
    // Keys are as likely as each other: what is held is asked for as often as its share.
    expect((await hitRate({ capacity: 25 })).late).toBeCloseTo(50, -1);
  });

  test('a network takes its time there and back', async () => {
    const run = await simulate({
      demand: evenly(10),
      server: distant(25, queueing({ service: 10 })),
      runFor: 5_000,
      drains: true,
    });
    expect(summarise(run).latency.mean).toBeCloseTo(60, 5);
  });

  test('a queue of limited length refuses the rest, and one that knows passes over the abandoned', async () => {
    const full = summarise(await overload(false, 5, patient, 10), { fromMs: 5_000 });
    expect(full.goodput).toBeCloseTo(100, 0);
    expect(full.refused).toBeCloseTo(100, 0);
    expect(full.latency.p999).toBeLessThanOrEqual(60);

    for (const hasty of [
      ({ agenda }) => byRule({ agenda }, { timeoutMs: 50 }),
      (site) => new Timeout({ after: 50 }, site),
    ] as const satisfies readonly ClientOf[]) {
      const wasted = summarise(await overload(false, Infinity, hasty, exponential(10)), {
        fromMs: 5_000,
      });
      const spared = summarise(await overload(true, Infinity, hasty, exponential(10)), {
        fromMs: 5_000,
      });
      expect(wasted.goodput).toBeLessThan(1);
      expect(spared.goodput).toBeGreaterThan(30);
    }
  });
});

describe('clients', () => {
  test('a policy that waits does so in virtual time, and its promises settle before what comes next', async () => {
    const run = await simulate({
      demand: closed({ users: 3, callsEach: 4 }),
      server: queueing({ slots: 3, service: 10 }),
      client: ({ clock }) => ({
        execute: async (operation) => {
          await new Promise<void>((resolve) => clock.setTimer(resolve, 5));
          for (let turn = 0; turn < 100; turn += 1) await Promise.resolve();
          return operation({ signal: new AbortController().signal });
        },
      }),
    });
    expect(run.endedAt).toBe(4 * 15);
    expect(summarise(run).latency.mean).toBe(15);
  });

  test('each has policies of its own, and says in a word how it is', async () => {
    const seen: number[] = [];
    const run = await simulate({
      demand: poisson(100),
      server: scaling({ service: 1 }),
      clients: 4,
      client: (_, index) => {
        let calls = 0;
        const policy: Pick<Policy, 'execute'> = {
          execute: async (operation) => {
            calls += 1;
            seen[index] = calls;
            return operation({
              signal: new AbortController().signal,
              attempt: 1,
              deadline: undefined,
            });
          },
        };
        return { policy, status: () => (calls < 100 ? 'new' : 'old') };
      },
      runFor: 10_000,
    });
    expect(sum(seen)).toBe(sum(run.records.begun.sums));
    expect(Math.min(...seen)).toBeGreaterThan(200);
    expect(run.records.statuses.map(({ status }) => status).toSorted()).toEqual(
      ['new', 'old'].flatMap((status) => Array.from({ length: 4 }, () => status)),
    );
  });

  test('a rule retries, waits and pays as it says', async () => {
    const budget = { begun: 0, paid: 0, ended: 0 };
    const run = await simulate({
      demand: closed({ users: 1, callsEach: 10 }),
      server: queueing({ service: 10 }),
      triggers: [{ kind: 'errors', fromMs: 0, forMs: Infinity, share: 1 }],
      client: ({ agenda }) =>
        byRule(
          { agenda },
          {
            retry: ({ retries, waitedMs }) =>
              retries < 2 ? { retry: true, delayMs: 100 + waitedMs } : { retry: false },
            budget: {
              begin: () => {
                budget.begun += 1;
              },
              withdraw: () => {
                budget.paid += 1;
                return budget.paid > 15 ? -1 : 1;
              },
              release: () => {},
              end: () => {
                budget.ended += 1;
              },
            },
          },
        ),
    });
    // 7 calls have both retries, the eighth one, the last two none.
    expect(budget).toEqual({ begun: 10, paid: 18, ended: 10 });
    expect(run.endedAt).toBe(7 * (30 + 100 + 200) + (20 + 100) + 2 * 10);
    expect(summarise(run).successShare).toBe(0);
  });
});

/** Brooker's collapse, by rule. */
function collapsing(perSecond: number, times: number, retries: number): SimulationOptions {
  return {
    demand: poisson(perSecond),
    server: scaling({ service: 1_000, alpha: 0.01 }),
    client: (site) =>
      byRule(site, {
        timeoutMs: 3_000,
        retry: (failed) =>
          failed.retries < retries ? { retry: true, delayMs: 0 } : { retry: false },
      }),
    triggers: [{ kind: 'load', fromMs: 10_000, forMs: 5_000, times }],
    runFor: 50_000,
  };
}

describe('the metastability map', () => {
  test('shows where a load comes back, where it might not, and where it does not', async () => {
    const map = await metastabilityMap({
      loads: [40, 10, 150],
      sizes: [5, 1.2],
      of: (load, size) => collapsing(load, size, 2),
      runs: 2,
      halvings: 2,
    });
    const regions = map.rows.map(({ cells, load }) => [load, ...cells.map(({ region }) => region)]);
    expect(regions).toEqual([
      [10, 'stable', 'stable'],
      [40, 'vulnerable', 'metastable'],
      [150, 'overloaded', 'overloaded'],
    ]);
    const [none, border, over] = map.rows.map((row) => row.border);
    expect([none, over]).toEqual([undefined, undefined]);
    // A quarter of the span from 1.2 to 5 is left.
    expect([2.15, 3.1, 4.05]).toContain(Number(border?.toFixed(2)));
    const text = mapText(map, { load: 'calls/s', size: 'times the load' });
    expect(text).toContain('     40 │░░░░████  from ');
    expect(text).toContain('    150 │××××××××');
    expect(mapSvg(map)).toMatch(/^<svg [\s\S]*metastable[\s\S]*<\/svg>\n$/);
  });

  test('has nothing to fear where nobody retries', async () => {
    const map = await metastabilityMap({
      loads: [40],
      sizes: [2, 5],
      of: (load, size) => collapsing(load, size, 0),
      runs: 1,
      within: '30s',
    });
    expect(map.rows[0]?.cells.map(({ region }) => region)).toEqual(['stable', 'stable']);
  });

  test('tells when it came back', async () => {
    const run = await simulate(collapsing(40, 5, 0));
    const backAfter = recoveryMs(run, { afterMs: 15_000 });
    expect(backAfter).toBeGreaterThan(5_000);
    expect(backAfter).toBeLessThan(20_000);
    expect(recoveryMs(run, { afterMs: 15_000, share: 2 })).toBeUndefined();
  });
});

describe('reports', () => {
  test('say in numbers and over time what a run was', async () => {
    const run = await simulate({
      ...collapsing(20, 2, 1),
      client: (site) => ({
        policy: new Timeout({ after: '3s' }, site),
        status: () => (site.clock.monotonic() < 25_000 ? 'closed' : 'open'),
      }),
    });
    const text = runText(run);
    expect(text).toContain('calls from 0 s to 50 s, seed 1');
    expect(text).toMatch(/goodput {7}[▁-█]{50} +up to \d+\/s/u);
    expect(text).toContain(`status        ${'c'.repeat(25)}${'o'.repeat(25)}`);
    expect(text).toContain('trigger       load, 10 s to 15 s');
    const svg = runSvg(run);
    expect(svg.match(/<polyline/g)).toHaveLength(5);
    expect(svg).toContain('<title>open</title>');
  });

  test('draw a line from nothing to the most, with gaps for what is unknown', () => {
    expect(sparkline([0, 1, 2, Number.NaN, 4], 10)).toBe('▁▃▅ █');
    expect(sparkline([1, 1, 3, 3, 5, 5], 3)).toBe('▂▅█');
  });
});
