import { allLaws, checkPolicy, lawsOf, type ProofError } from '@chimera/proving';
import {
  SpecimenBulkhead,
  SpecimenTimeout,
  SpecimenBreaker,
  SpecimenRateLimit,
  SpecimenRetry,
  scoreSuite,
  zoo,
} from '@chimera/proving/mutants';
import { describe, expect, test } from 'vitest';
import { bulkhead, timeout } from '../src/index.ts';
import { breakerSubject } from '../src/mutants/breaker-mutants.ts';
import { rateLimitSubject } from '../src/mutants/rate-limit-mutants.ts';
import { retrySpecimenRules } from '../src/mutants/retry-mutants.ts';

describe('the zoo', () => {
  test.each(zoo())('$name: $says', async ({ create, rules, breaks, name }) => {
    const caught = await checkPolicy(create, rules, { laws: [breaks], runs: 500, name }).then(
      () => undefined,
      (error: ProofError) => error,
    );
    expect(caught).toMatchObject({ name: 'ProofError', law: breaks });
    expect(caught?.steps).toBeLessThanOrEqual(12);
  });

  test('has at least sixty policies, each under a name of its own', () => {
    const names = zoo().map(({ name }) => name);
    expect(names.length).toBeGreaterThanOrEqual(60);
    expect(new Set(names).size).toBe(names.length);
  });
});

describe('the laws', () => {
  const broken = new Set(zoo().map(({ breaks }) => breaks));

  test.each(allLaws())('$id is broken by at least one policy of the zoo: $prose', ({ id }) => {
    expect(broken).toContain(id);
  });

  test('have ids of their own', () => {
    const ids = allLaws().map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

const standard = (kind: 'breaker' | 'rate-limit') => {
  const [first] = zoo(kind);
  if (first === undefined) throw new Error(`no ${kind} in the zoo`);
  return first.rules;
};

describe('a specimen without a mistake keeps every law', () => {
  test('of its breaker', async () => {
    const rules = standard('breaker');
    const checked = await checkPolicy((world) => breakerSubject(SpecimenBreaker, world), rules);
    expect(checked.laws).toEqual(lawsOf('breaker').map(({ id }) => id));
  });

  test.each(retrySpecimenRules)('of its retry policy', async (rules) => {
    const checked = await checkPolicy((world) => new SpecimenRetry(rules, world), rules);
    expect(checked.runs).toBe(1_000);
  });

  test('of its bulkhead', async () => {
    const rules = bulkhead({ maxConcurrent: 2, maxQueue: 2, maxWaitMs: 500 });
    await expect(
      checkPolicy((world) => new SpecimenBulkhead(rules, world), rules),
    ).resolves.toMatchObject({ runs: 1_000 });
  });

  test('of its rate limit', async () => {
    const rules = standard('rate-limit');
    await expect(
      checkPolicy((world) => rateLimitSubject(SpecimenRateLimit, world), rules),
    ).resolves.toMatchObject({ runs: 1_000 });
  });

  test('of its timeout', async () => {
    const rules = timeout({ afterMs: 100 });
    await expect(
      checkPolicy((world) => new SpecimenTimeout(rules, world), rules),
    ).resolves.toMatchObject({ runs: 1_000 });
  });
});

describe('scoreSuite', () => {
  test('gives the laws full marks', async () => {
    const { share, missed } = await scoreSuite((create, rules) =>
      checkPolicy(create, rules, { runs: 300 }),
    );
    expect(missed.map(({ name }) => name)).toEqual([]);
    expect(share).toBe(1);
  });

  test('gives a suite that looks at nothing none, and names what it missed', async () => {
    const { share, missed, caught } = await scoreSuite(() => {}, zoo('timeout'));
    expect(share).toBe(0);
    expect(caught).toEqual([]);
    expect(missed).toEqual(zoo('timeout'));
  });
});
