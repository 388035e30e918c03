import { describe, expect, test } from 'vitest';
import {
  batchMeans,
  byRule,
  cached,
  closed,
  distant,
  evenly,
  exponential,
  metastabilityMap,
  poisson,
  queueing,
  recoveryMs,
  type Request,
  scaling,
  shards,
  simulate,
  type SimulationOptions,
  sparkline,
  summarise,
} from '../src/sim.ts';

const system: SimulationOptions = {
  demand: closed({ users: 1, callsEach: 3 }),
  server: queueing({ service: 10 }),
};
const spell = { fromMs: 0, forMs: 10 };

/** What somebody without types may write. */
function simulated(over: object): Promise<unknown> {
  return simulate({ ...system, ...over });
}

describe('simulate refuses', () => {
  test.each([
    [{ demand: poisson(5) }, 'runFor must be given for a demand without an end, got undefined'],
    [{ demand: closed({ users: 1 }) }, 'runFor must be given for a demand without an end'],
    [{ runFor: -1 }, 'runFor must be a duration >= 1 '],
    [{ runFor: Number.NaN }, 'runFor must be a duration >= 1'],
    [{ runFor: Infinity }, 'runFor must be a duration >= 1'],
    [{ span: 0 }, 'span must be a duration >= 1'],
    [{ clients: 0 }, 'clients must be an integer >= 1, got 0'],
    [{ clients: Infinity }, 'clients must be an integer >= 1, got Infinity'],
    [{ seed: 0.5 }, 'seed must be an integer from 0 to 4294967295, got 0.5'],
    [{ server: 5 }, 'server must be one such as queueing({ … }), got 5'],
    [{ demand: 5 }, 'demand must be an object, got 5'],
    [{ demand: { kind: 'opn' } }, "demand.kind must be 'open' or 'closed', got \"opn\""],
    [
      { demand: { ...poisson(5), spacing: 'random' } },
      "demand.spacing must be 'poisson' or 'even', got \"random\"",
    ],
    [{ run: 5 }, 'run is no field of the options; these are: demand, server, client, clients, '],
    [{ triggers: {} }, 'triggers must be a list, got object'],
    [
      { triggers: [{ kind: 'capcity', lost: 0.5, ...spell }] },
      "triggers[0].kind must be 'capacity' or 'latency' or 'errors' or 'load' or 'flush', got \"capcity\"",
    ],
    [
      { triggers: [{ kind: 'capacity', lost: 2, ...spell }] },
      'triggers[0].lost must be a number from 0 to 1, got 2',
    ],
    [
      { triggers: [{ kind: 'errors', share: -0.1, ...spell }] },
      'triggers[0].share must be a number from 0 to 1, got -0.1',
    ],
    [
      { triggers: [{ kind: 'latency', time: 2, ...spell }] },
      'time is no field of triggers[0]; these are: kind, fromMs, shard, forMs, times, addMs',
    ],
    [
      { triggers: [{ kind: 'latency', times: -2, ...spell }] },
      'triggers[0].times must be a finite number >= 0, got -2',
    ],
    [
      { triggers: [{ kind: 'latency', addMs: Infinity, ...spell }] },
      'triggers[0].addMs must be a finite number >= 0, got Infinity',
    ],
    [
      {
        triggers: [
          { kind: 'flush', fromMs: 1 },
          { kind: 'load', times: Number.NaN, ...spell },
        ],
      },
      'triggers[1].times must be a finite number >= 0, got NaN',
    ],
    [
      { triggers: [{ kind: 'flush' }] },
      'triggers[0].fromMs must be a finite number >= 0, got undefined',
    ],
    [
      { triggers: [{ kind: 'flush', fromMs: 1, shard: -1 }] },
      'triggers[0].shard must be an integer >= 0, got -1',
    ],
    [
      { triggers: [{ kind: 'errors', share: 1, shard: 0, ...spell }] },
      'triggers[0].shard must be left out before a server without shards, got 0',
    ],
    [
      {
        server: shards(4, queueing({ service: 1 })),
        triggers: [
          { kind: 'errors', share: 1, shard: 3, ...spell },
          { kind: 'flush', fromMs: 1, shard: 4 },
        ],
      },
      'triggers[1].shard must be an integer from 0 to 3, got 4',
    ],
    [
      { triggers: [{ kind: 'load', times: 2, shard: 0, ...spell }] },
      'shard is no field of triggers[0]; these are: kind, fromMs, forMs, times',
    ],
    [{ mostAtOnce: 0 }, 'mostAtOnce must be an integer >= 1, got 0'],
    [{ mostAtOnce: Infinity, runFor: 5 }, 'mostAtOnce must be an integer >= 1, got Infinity'],
    [
      // Whoever is answered at once, and does not think, asks again at the same instant.
      {
        demand: closed({ users: 2 }),
        server: () => ({ take: (request: Request) => request.answered('ok') }),
        runFor: 100,
        mostAtOnce: 50,
      },
      'mostAtOnce must be at least as many as the events of an instant, got 50 and more at 0 ms; give ',
    ],
    [
      { triggers: [{ kind: 'errors', share: 1, fromMs: 0 }] },
      'triggers[0].forMs must be a number >= 0, got undefined',
    ],
  ])('%j', async (over, message) => {
    const error: unknown = await simulated(over).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(RangeError);
    expect((error as Error).message).toContain(`simulate: ${message}`);
  });

  test('no instant that ends, however much happens at it', async () => {
    const run = await simulate({
      demand: closed({ users: 40, callsEach: 2, think: 5 }),
      server: queueing({ slots: 40, service: 5 }),
      mostAtOnce: 80,
    });
    expect(run.endedAt).toBe(20);
  });

  test('nothing that is right: a demand that ends needs no end, and a trigger may last for ever', async () => {
    const run = await simulate({
      ...system,
      triggers: [
        { kind: 'capacity', lost: 0, fromMs: 0, forMs: Infinity },
        { kind: 'load', times: 0, ...spell },
      ],
    });
    expect(run.endedAt).toBe(30);
  });
});

const service = 10;
const run = simulate(system);
const given = (value: unknown) => value as never;

describe('an option that is wrong is named, with its rule and its value:', () => {
  test.each<[string, () => unknown]>([
    ['poisson: load.perSecond must be a finite number >= 0, got -1', () => poisson(-1)],
    ['poisson: load.perSecond must be a finite number >= 0, got Infinity', () => poisson(Infinity)],
    ['poisson: load must be an object, got "5"', () => poisson(given('5'))],
    ['evenly: load.perSecond must be a finite number >= 0, got NaN', () => evenly(Number.NaN)],
    [
      "evenly: load.profile must be 'constant' or 'diurnal' or 'spike' or 'ramp' or 'trace', got \"day\"",
      () => evenly(given({ profile: 'day' })),
    ],
    [
      'poisson: load.periodMs must be a finite number > 0, got 0',
      () => poisson({ profile: 'diurnal', low: 1, high: 2, periodMs: 0 }),
    ],
    [
      'poisson: load.peak must be a finite number >= 0, got -2',
      () => poisson({ profile: 'spike', base: 1, peak: -2, ...spell }),
    ],
    [
      'poisson: load.overMs must be a finite number > 0, got 0',
      () => poisson({ profile: 'ramp', from: 1, to: 2, overMs: 0 }),
    ],
    [
      'poisson: load.perSecond must be a list of at least one rate, got object',
      () => poisson({ profile: 'trace', perSecond: [], spanMs: 1 }),
    ],
    [
      'poisson: load.perSecond[1] must be a finite number >= 0, got -3',
      () => poisson({ profile: 'trace', perSecond: [1, -3], spanMs: 1 }),
    ],
    [
      'poisson: rate is no field of a constant load; these are: profile, perSecond',
      () => poisson(given({ profile: 'constant', perSecond: 1, rate: 2 })),
    ],
    ['closed: users must be an integer >= 1, got Infinity', () => closed({ users: Infinity })],
    ['closed: callsEach must be an integer >= 1, got 0', () => closed({ users: 1, callsEach: 0 })],
    ['closed: think must be a finite number >= 0, got -1', () => closed({ users: 1, think: -1 })],
    [
      'closed: calls is no field of a closed demand; these are: kind, users, think, callsEach',
      () => closed(given({ users: 1, calls: 2 })),
    ],
    ['exponential: meanMs must be a finite number >= 0, got -5', () => exponential(-5)],
    [
      'queueing: service must be a finite number >= 0, got undefined',
      () => queueing(given({ slots: 2 })),
    ],
    [
      'queueing: servce is no field of the options; these are: slots, service, order, maxQueue, skipsAbandoned',
      () => queueing(given({ service, servce: 2 })),
    ],
    ['queueing: slots must be an integer >= 1, got 0', () => queueing({ service, slots: 0 })],
    [
      "queueing: service.shape must be 'exponential' or 'bimodal' or 'weibull', got \"normal\"",
      () => queueing({ service: given({ shape: 'normal' }) }),
    ],
    [
      'queueing: service.k must be a finite number > 0, got 0',
      () => queueing({ service: { shape: 'weibull', scaleMs: 5, k: 0 } }),
    ],
    [
      'queueing: service.slowShare must be a number from 0 to 1, got 2',
      () => queueing({ service: { shape: 'bimodal', fastMs: 1, slowMs: 2, slowShare: 2 } }),
    ],
    [
      'scaling: beta must be a finite number >= 0, got Infinity',
      () => scaling({ service, beta: Infinity }),
    ],
    ['scaling: service must be a finite number >= 0, got NaN', () => scaling({ service: NaN })],
    [
      'cached: hit must be a finite number >= 0, got -1',
      () => cached({ keys: 1, hit: -1 }, given(0)),
    ],
    ['cached: keys must be an integer >= 1, got 0', () => cached({ keys: 0 }, given(0))],
    ['distant: hop must be a finite number >= 0, got -1', () => distant(-1, given(0))],
    ['shards: count must be an integer >= 1, got Infinity', () => shards(Infinity, given(0))],
    ['byRule: timeoutMs must be a number >= 0, got -1', () => byRule(given({}), { timeoutMs: -1 })],
    [
      'byRule: timeout is no field of the options; these are: timeoutMs, retry, budget',
      () => byRule(given({}), given({ timeout: 5 })),
    ],
    [
      'recoveryMs: afterMs must be a number >= 0, got -Infinity',
      async () => recoveryMs(await run, { afterMs: -Infinity }),
    ],
    [
      'recoveryMs: windowMs must be a finite number > 0, got 0',
      async () => recoveryMs(await run, { afterMs: 0, windowMs: 0 }),
    ],
    [
      'summarise: untilMs must be a number >= 20, got 10',
      async () => summarise(await run, { fromMs: 20, untilMs: 10 }),
    ],
    ['batchMeans: batches must be an integer >= 2, got 0', () => batchMeans([1, 2], 0)],
    ['sparkline: width must be an integer >= 1, got 0', () => sparkline([1, 2], 0)],
    [
      'metastability map: loads must be a list of at least one number, got object',
      () => metastabilityMap({ loads: [], sizes: [1], of: () => system }),
    ],
    [
      'metastability map: sizes[0] must be a finite number >= 0, got NaN',
      () => metastabilityMap({ loads: [1], sizes: [Number.NaN], of: () => system }),
    ],
  ])('%s', async (message, act) => {
    const error: unknown = await Promise.resolve()
      .then(act)
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(RangeError);
    expect((error as Error).message).toBe(message);
  });
});
