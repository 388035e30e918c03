import { expect, test } from 'vitest';
import { breaker, checkPolicy, perform, type ProofError, timeline } from '../src/index.ts';
import { SpecimenBreaker, zoo } from '../src/mutants.ts';

test('a retry after an error that is final shows which error that is, and of which call it is an attempt', async () => {
  const mutant = zoo('retry').find(({ name }) => name.endsWith('retries-the-final'));
  if (mutant === undefined) throw new Error('no such retry in the zoo');
  const { create, rules } = mutant;
  const told = await checkPolicy(create, rules, { laws: ['retry-1'] }).then(
    () => expect.unreachable('it keeps the law'),
    (error: ProofError) => error.timeline,
  );
  expect(told).toContain('○   1 fails, AbortError: final\n');
  expect(told).toContain('attempt 2 of call 1');
  expect(told).toMatch(/← retry-1$/);
});

test('of a breaker, an AbortError is said not to count', async () => {
  const rules = breaker({ failuresInARow: 2, openForMs: 1_000 });
  const history = await perform(
    [{ do: 'start', script: [{ gives: 'X', afterMs: 5 }] }],
    rules,
    (world) => new SpecimenBreaker(rules, world),
    1,
  );
  expect(timeline(history)).toContain('1 fails, AbortError: it does not count');
});
