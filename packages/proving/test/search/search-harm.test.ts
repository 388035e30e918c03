import { describe, expect, test } from 'vitest';
import { harmText, replayHarm, searchHarm } from '../../src/search.ts';
import { settingsFrom } from '../../src/search/settings.ts';
import { smallerTraces } from '../../src/search/smaller-traces.ts';
import { Trials } from '../../src/search/trials.ts';
import { byRule, type ClientOf, endOf, queueing, recoveryMs } from '../../src/sim.ts';
import { budgetedRetries, plainRetries, pool, sharedBreaker, shardedService } from './systems.ts';

const noContext = { signal: new AbortController().signal };

async function untilItEndsWell<T>(
  operation: (context: typeof noContext) => Promise<T>,
): Promise<T> {
  for (;;) {
    try {
      return await operation(noContext);
    } catch {
      // And again.
    }
  }
}

const overloads = { ...pool, kinds: ['load'], seed: 3 } as const;

describe('retries without a budget', () => {
  test('do not come back from a brief overload that a single attempt comes back from', async () => {
    const { finding, searched } = await searchHarm({ ...overloads, policy: plainRetries });
    expect(finding?.trace).toHaveLength(1);
    expect(finding).toMatchObject({ isHarm: true, isMinimal: true, trace: [{ kind: 'load' }] });
    const { harm, policy, trace = [], without } = finding ?? {};
    expect(harm?.low).toBeGreaterThanOrEqual(0.3);
    expect(without?.goodShare).toBeGreaterThan(0.7);
    expect(policy?.goodShare).toBeLessThan(0.3);
    // The overload is over within seconds, and what it leaves behind stays.
    expect(endOf(trace)).toBeLessThan(5_000);
    const after = { afterMs: endOf(trace), share: 0.8 };
    expect(policy && recoveryMs(policy.run, after)).toBeUndefined();
    expect(without && recoveryMs(without.run, after)).toBeLessThan(10_000);

    // That it is minimal is looked at once more, from outside.
    const trials = new Trials({ ...pool, policy: plainRetries }, settingsFrom(overloads));
    expect((await trials.try(trace)).isHarm).toBe(true);
    const smaller = [...smallerTraces(trace, searched.space)];
    expect(smaller.length).toBeGreaterThan(3);
    for (const candidate of smaller) {
      expect((await trials.try(candidate)).isHarm).toBe(false);
    }
  });

  test('are found whatever the seed, within fifty traces', async () => {
    for (const seed of [1, 2]) {
      const { finding } = await searchHarm({
        ...overloads,
        seed,
        policy: plainRetries,
        evaluations: 50,
      });
      expect(finding?.isHarm).toBe(true);
    }
  });

  test('with a budget of a tenth do none that is found, and none in what harmed without', async () => {
    const { finding, searched } = await searchHarm({
      ...pool,
      policy: budgetedRetries,
      evaluations: 80,
    });
    expect(finding).toBeUndefined();
    expect(searched).toMatchObject({ evaluations: 80, shrinking: 0, cutOff: 0 });
    expect(searched.nearest.harm).toBeLessThan(0.3);

    const without = await searchHarm({ ...overloads, policy: plainRetries });
    const proof = without.finding?.proof ?? '';
    const { server } = pool;
    const again = await replayHarm(proof, { server, policy: plainRetries });
    expect(again.harm).toEqual(without.finding?.harm);
    const budgeted = await replayHarm(proof, { server, policy: budgetedRetries });
    expect(budgeted).toMatchObject({ isHarm: false, trace: again.trace });
    expect(budgeted.harm.high).toBeLessThan(0.1);
  });
});

test('one bad shard of four opens the one breaker of all', async () => {
  for (const seed of [1, 2, 3]) {
    const { finding } = await searchHarm({ ...shardedService, policy: sharedBreaker, seed });
    expect(finding?.trace).toEqual([
      expect.objectContaining({ kind: 'errors', shard: expect.any(Number) as number }),
    ]);
    expect(finding).toMatchObject({ isHarm: true, isMinimal: true });
    // Three shards of four answer all the time.
    expect(finding?.without.goodShare).toBeGreaterThan(0.75);
    expect(finding?.policy.run.records.statuses.map(({ status }) => status)).toContain('open');
  }
});

test('the report tells the trace, both sides over time, and how to see it again', async () => {
  const search = await searchHarm({ ...shardedService, policy: sharedBreaker, seed: 8 });
  const { finding, searched } = search;
  const text = harmText(search);
  expect(text).toMatch(
    /^harm: \d+(\.\d)? % of all calls no longer good \(.+ of 20 unseen seeds, margin 10 %\)\n/,
  );
  expect(text).toMatch(/\nerrors \d+ %, shard \d +▁+[▂-█]+▁+ {2}\d/u);
  expect(text).toMatch(/\ngood, policy {14}[▁-█]{44} {2}up to \d+\/s\n/u);
  expect(text).toMatch(/\nstatus, policy {12}c+[oh]+[coh]+\n/);
  expect(text).toContain(`replayHarm('${finding?.proof}', { policy, server })`);
  expect(text).toContain(
    `trace ${searched.evaluations}, made smaller in ${searched.shrinking}: no `,
  );
  expect(finding && harmText(finding)).toBe(text.split('\n\ntrace ')[0]);
});

describe('a search', () => {
  test('comes to the same with the same options, and to another trace with another seed', async () => {
    const options = { ...shardedService, policy: sharedBreaker };
    const first = harmText(await searchHarm({ ...options, seed: 4 }));
    expect(harmText(await searchHarm({ ...options, seed: 4 }))).toBe(first);
    const { finding } = await searchHarm({ ...options, seed: 5 });
    expect(first).not.toContain(finding?.proof);
  });

  test('sees no difference where there is none: the same calls come to both', async () => {
    const { finding, searched } = await searchHarm({
      ...shardedService,
      policy: (site) => byRule(site, {}),
      measure: 'latency',
      clients: 3,
      evaluations: 30,
    });
    expect(finding).toBeUndefined();
    expect(searched.nearest).toEqual({ trace: [], harm: 0 });
  });

  test('tries an ordinary day first: what harms then needs nothing to go wrong', async () => {
    let calls = 0;
    const search = await searchHarm({
      ...pool,
      policy: () => ({
        begin: (call) => {
          calls += 1;
          if (calls % 2 === 0) call.end('rejected');
          else call.send((answer) => call.end(answer === 'ok' ? 'ok' : 'failed'));
        },
      }),
    });
    expect(search.finding).toMatchObject({ trace: [], isHarm: true, isMinimal: true });
    expect(search.searched.evaluations).toBe(1);
    expect(harmText(search)).toContain('nothing has to go wrong');
  });

  test('holds a policy against another one, if told to', async () => {
    const { finding } = await searchHarm({
      ...overloads,
      policy: plainRetries,
      without: plainRetries,
      evaluations: 20,
    });
    expect(finding).toBeUndefined();
  });

  test('says so when it had no time to make a trace as small as it can be', async () => {
    const whole = await searchHarm({ ...overloads, policy: plainRetries });
    const { evaluations, shrinking } = whole.searched;
    expect(shrinking).toBeGreaterThan(evaluations);
    const cut = await searchHarm({ ...overloads, policy: plainRetries, evaluations });
    expect(cut.searched).toMatchObject({ evaluations, shrinking: evaluations });
    expect(cut.finding).toMatchObject({ isHarm: true, isMinimal: false, seeds: 20 });
    expect(harmText(cut)).toContain('the evaluations ended before it was the smallest');
  });

  test('counts attempts', async () => {
    const errors = { ...pool, margin: 1, measure: 'attempts', kinds: ['errors'] } as const;
    const { finding } = await searchHarm({ ...errors, policy: plainRetries });
    expect(finding?.policy.attemptsPerCall).toBeGreaterThan(2);
    expect(finding?.without.attemptsPerCall).toBe(1);
    const { searched } = await searchHarm({ ...errors, policy: budgetedRetries, evaluations: 30 });
    expect(searched.nearest.harm).toBeLessThan(0.2);
  });

  test.each<[string, ClientOf]>([
    [
      'answers each refusal with another attempt',
      (site) => byRule(site, { retry: () => ({ retry: true, delayMs: 0 }) }),
    ],
    ['does so by promises', () => ({ execute: untilItEndsWell })],
    [
      'sets one timer after another',
      ({ clock }) => {
        const wake = () => void clock.setTimer(wake, 0);
        wake();
        return { execute: (operation) => operation(noContext) };
      },
    ],
  ])('ends where a policy has no end that %s', async (_, policy) => {
    const search = await searchHarm({
      policy,
      server: queueing({ service: 10, maxQueue: 0 }),
      load: 50,
      evaluations: 3,
      maxAttempts: 5_000,
    });
    expect(search.finding).toBeUndefined();
    expect(search.searched).toMatchObject({ evaluations: 3, cutOff: 3 });
    expect(harmText(search)).toContain('3 of them say nothing: a run came to more than 5000 ');
  });
});
