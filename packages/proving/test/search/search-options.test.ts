import { describe, expect, test } from 'vitest';
import { encodeHarm } from '../../src/search/harm-proof.ts';
import { settingsFrom } from '../../src/search/settings.ts';
import { replayHarm, searchHarm, type SearchOptions } from '../../src/search.ts';
import type { Trigger } from '../../src/sim.ts';
import { plainRetries, pool } from './systems.ts';

const system = { policy: plainRetries, server: pool.server };

async function refusal(promise: Promise<unknown>): Promise<string> {
  const error: unknown = await promise.catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(RangeError);
  return (error as RangeError).message;
}

describe('searchHarm refuses', () => {
  test.each<[object, string]>([
    [{ policy: 5 }, 'search: policy must be a function that makes one, got 5'],
    [{ server: {} }, 'search: server must be one such as queueing({ … }), got object'],
    [{ without: null }, 'search: without must be a function that makes a client, got null'],
    [{ load: undefined }, 'search: load must be a finite number > 0, got undefined'],
    [{ load: -5 }, 'search: load must be a finite number > 0, got -5'],
    [
      { load: { profile: 'ramp', from: 1, to: 2 } },
      'search: load.overMs must be a finite number > 0',
    ],
    [{ load: 1e6 }, 'search: load must be at most 4444/s for maxAttempts of 200000, got 1000000'],
    [{ clients: 0 }, 'search: clients must be an integer >= 1, got 0'],
    [
      { patience: 'soon' },
      "search: patience must be a duration >= 1 (ms, '2s', '5m', '1h'), got \"soon\"",
    ],
    [{ patience: '30s' }, 'search: patience must be at most settleFor (20000 ms), got "30s"'],
    [
      { measure: 'pain' },
      "search: measure must be 'goodput' or 'availability' or 'latency' or 'attempts', got \"pain\"",
    ],
    [{ margin: 0 }, 'search: margin must be a finite number > 0, got 0'],
    [{ margin: 2 }, 'search: margin must be a number from 0 to 1, got 2'],
    [{ warmUp: -1 }, 'search: warmUp must be a duration >= 0'],
    [{ traceFor: 499 }, 'search: traceFor must be a duration >= 500'],
    [{ settleFor: 0 }, 'search: settleFor must be a duration >= 1'],
    [{ runs: 2 }, 'search: runs must be an integer from 3 to 100, got 2'],
    [{ seed: -1 }, 'search: seed must be an integer from 0 to 4294967295, got -1'],
    [{ maxAttempts: Infinity }, 'search: maxAttempts must be an integer >= 1, got Infinity'],
    [{ evaluations: 0 }, 'search: evaluations must be an integer >= 1, got 0'],
    [{ kinds: [] }, 'search: kinds must be a list of at least one kind, got object'],
    [
      { kinds: ['load', 'rain'] },
      "search: kinds[1] must be 'load' or 'latency' or 'errors' or 'capacity' or 'flush', got \"rain\"",
    ],
    [{ shards: 1.5 }, 'search: shards must be an integer >= 1, got 1.5'],
    [{ most: 0 }, 'search: most must be an integer from 1 to 20, got 0'],
    [{ budget: 5 }, 'search: budget is no field of the options; these are: policy, server, '],
  ])('%j', async (over, message) => {
    const options = { ...system, load: 50, evaluations: 1, ...over } as SearchOptions;
    expect(await refusal(searchHarm(options))).toContain(message);
  });
});

describe('replayHarm refuses', () => {
  const settings = settingsFrom({ load: 50 });
  const proofOf = (over: object, trace: unknown = []) =>
    encodeHarm({ ...settings, ...over }, trace as readonly Trigger[]);

  test.each<[string, string]>([
    ['', 'search: a proof must be a whole "harm1:…" string, got ""'],
    ['prv1:abc', 'got "prv1:abc"'],
    ['harm1:%%%', 'a whole "harm1:…" string'],
    [proofOf({}).slice(0, -9), 'a whole "harm1:…" string'],
    [`harm1:${btoa('5')}`, 'a whole "harm1:…" string'],
    [`harm1:${btoa('[5,[]]')}`, 'search: the settings of a proof must be an object, got 5'],
    [proofOf({ runs: 0 }), 'search: runs must be an integer from 3 to 100, got 0'],
    [proofOf({ luck: 1 }), 'search: luck is no field of the settings of a proof'],
    [proofOf({}, 5), 'search: triggers must be a list, got 5'],
    [
      proofOf({}, [{ kind: 'errors', fromMs: 0, forMs: 5, share: 2 }]),
      'search: triggers[0].share must be a number from 0 to 1, got 2',
    ],
    [
      proofOf({ load: 2, maxAttempts: 95 }, [{ kind: 'load', fromMs: 0, forMs: 45_000, times: 9 }]),
      'search: a run came to more than 95 attempts',
    ],
  ])('%s', async (proof, message) => {
    expect(await refusal(replayHarm(proof, system))).toContain(message);
  });

  test('a system that is none', async () => {
    const known = { ...system, servers: [] };
    expect(await refusal(replayHarm(proofOf({}), known))).toBe(
      'search: servers is no field of the system; these are: policy, server, without',
    );
    expect(await refusal(replayHarm(proofOf({}), { ...system, policy: 5 as never }))).toContain(
      'search: policy must be',
    );
  });
});
