import { describe, expect, test } from 'vitest';
import {
  breaker,
  bulkhead,
  checkPolicy,
  lawsOf,
  rateLimit,
  retry,
  type Rules,
  timeout,
} from '../src/index.ts';
import { SpecimenTimeout } from '../src/mutants.ts';

const rules = timeout({ afterMs: 100 });

function checked(options: object, promised: object = rules) {
  return checkPolicy((world) => new SpecimenTimeout(rules, world), promised as Rules, options);
}

describe('checkPolicy', () => {
  test.each([
    [{ runs: 0 }, 'proving: runs must be an integer >= 1, got 0'],
    [{ runs: -5 }, 'proving: runs must be an integer >= 1, got -5'],
    [{ runs: 1.5 }, 'proving: runs must be an integer >= 1, got 1.5'],
    [{ runs: Number.NaN }, 'proving: runs must be an integer >= 1, got NaN'],
    [{ runs: Infinity }, 'proving: runs must be an integer >= 1, got Infinity'],
    [{ runs: 'abc' }, 'proving: runs must be an integer >= 1, got "abc"'],
    [{ seed: Number.NaN }, 'proving: seed must be an integer from 0 to 4294967295, got NaN'],
    [{ seed: -1 }, 'proving: seed must be an integer from 0 to 4294967295, got -1'],
    [{ laws: ['timeout-99'] }, /^proving: laws must be of a timeout \(.+\), got "timeout-99"$/],
    [{ except: ['x'] }, /^proving: except must be of a timeout \(.+\), got "x"$/],
    [{ laws: 'timeout-1' }, 'proving: laws must be a list of ids, got "timeout-1"'],
    [{ laws: [] }, /^proving: laws must be at least one of a timeout \(.+\), got none$/],
    [
      { except: lawsOf('timeout').map(({ id }) => id) },
      /^proving: laws must be at least one of a timeout that except leaves \(.+\), got none$/,
    ],
    [
      { run: 5 },
      'proving: run is no field of the options; these are: runs, seed, laws, except, name',
    ],
  ])('refuses %j', async (options, message) => {
    const error: unknown = await checked(options).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(RangeError);
    expect((error as Error).message).toMatch(message);
  });

  test.each([
    [{ kind: 'timeuot', afterMs: 5 }, /^proving: kind must be 'breaker' or .+, got "timeuot"$/],
    [
      { kind: 'timeout', aftrMs: 5 },
      'proving: aftrMs is no field of a timeout; these are: afterMs',
    ],
    [{ kind: 'timeout' }, 'proving: afterMs must be a number >= 1, got undefined'],
  ])('refuses rules written by hand: %j', async (promised, message) => {
    await expect(checked({ runs: 1 }, promised)).rejects.toThrow(message);
  });

  test('takes one run and one law', async () => {
    const laws = lawsOf('timeout')
      .slice(0, 1)
      .map(({ id }) => id);
    await expect(checked({ runs: 1, laws })).resolves.toMatchObject({ runs: 1, laws });
  });
});

describe('rules', () => {
  test.each<[(given: never) => Rules, object, string]>([
    [
      breaker,
      { openForMs: 5, failureInARow: 2 },
      'proving: failureInARow is no field of a breaker; these are: failuresInARow, openForMs, probes, probeTimeoutMs',
    ],
    [
      retry,
      { retries: 2 },
      'proving: retries is no field of a retry; these are: maxRetries, baseMs, factor, capMs, jitter, hintCapMs, heedsDeadline, budget',
    ],
    [
      bulkhead,
      { maxConcurrent: 2, queue: 1 },
      'proving: queue is no field of a bulkhead; these are: maxConcurrent, maxQueue, maxWaitMs',
    ],
    [
      rateLimit,
      { max: 2, perSecond: 1 },
      'proving: perSecond is no field of a rate-limit; these are: max, perMs, rule',
    ],
    [timeout, { after: 2 }, 'proving: after is no field of a timeout; these are: afterMs'],
    [
      retry,
      { budget: { burst: 1, part: 2 } },
      'proving: part is no field of a budget; these are: burst, share',
    ],
    [retry, { budget: { burst: -1, share: 0 } }, 'budget.burst must be a number >= 0, got -1'],
    [retry, { jitter: 'ful' }, '\'decorrelated\' or a number from 0 to 1, got "ful"'],
    [retry, { jitter: 1.5 }, "'decorrelated' or a number from 0 to 1, got 1.5"],
    [retry, { heedsDeadline: 1 }, 'heedsDeadline must be true or false, got 1'],
    [
      rateLimit,
      { max: 1, perMs: 1, rule: 'bucket' },
      "rule must be 'token-bucket' or 'sliding-window', got \"bucket\"",
    ],
    [retry, { ...breaker({ openForMs: 5 }) }, 'kind must be \'retry\', got "breaker"'],
  ])('%o refuses %j', (make, given, message) => {
    const making = () => make(given as never);
    expect(making).toThrow(RangeError);
    expect(making).toThrow(message);
  });

  test('can be made of others of their kind', () => {
    const plain = retry({ maxRetries: 2 });
    expect(retry({ ...plain, baseMs: 5 })).toEqual({ ...plain, baseMs: 5 });
  });
});
