import fc from 'fast-check';
import { expect, test } from 'vitest';
import { breaker, bulkhead, checkPolicy, decode, encode, perform, retry } from '../src/index.ts';
import { SpecimenBreaker, zoo } from '../src/mutants.ts';
import { programs } from '../src/arb.ts';

test('a proof that was written is read as it was', () => {
  const rules = fc.constantFrom(
    retry({ maxRetries: 4, hintCapMs: 500, heedsDeadline: true }),
    retry({ budget: { burst: 2, share: 0.1 } }),
    bulkhead({ maxConcurrent: 2 }),
    breaker({ failuresInARow: 2, openForMs: 30_000 }),
  );
  const proofs = rules.chain((each) =>
    fc.record({ rules: fc.constant(each), seed: fc.nat(2 ** 32 - 1), program: programs(fc, each) }),
  );
  fc.assert(
    fc.property(proofs, (proof) => {
      const read = decode(encode(proof));
      expect(JSON.parse(JSON.stringify(read))).toEqual(JSON.parse(JSON.stringify(proof)));
    }),
  );
});

test('what is no proof is refused', () => {
  expect(() => decode('prv2:abc')).toThrow('a proof must be a whole "prv1:…" string');
  expect(() => decode('prv1:abc')).toThrow(RangeError);
});

test('means the same in every version of Node.js: this one was written down', async () => {
  const proof =
    'prv1:W3sia2luZCI6ImJyZWFrZXIiLCJmYWlsdXJlc0luQVJvdyI6Miwib3BlbkZvck1zIjozMDAwMCwicHJvYmVzIjoyLCJwcm9iZVRpbWVvdXRNcyI6MzAwMDAwfSwxNzIzMzIzNzY1LCJzaCBlMEYgc2ggc2ggZTBGIHUwIHNoIGUxUyBlMFMiXQ';
  const { program, rules, seed } = decode(proof);
  if (rules.kind !== 'breaker') throw new Error('it is the proof of a breaker');
  const { seen } = await perform(
    program,
    rules,
    (world) => new SpecimenBreaker(rules, world),
    seed,
  );
  const told = seen.map((event) => {
    const call = 'call' in event ? ` ${event.call}` : '';
    return `${event.at} ${event.type}${call}${event.type === 'status' ? ` ${event.status}` : ''}`;
  });
  expect(told.slice(0, 26)).toMatchInlineSnapshot(`
    [
      "0 status closed",
      "0 called 1",
      "0 started 1",
      "0 ended 1",
      "0 answered 1",
      "0 called 2",
      "0 started 2",
      "0 called 3",
      "0 started 3",
      "0 ended 2",
      "0 answered 2",
      "0 status open",
      "0 waited",
      "30000 status half-open",
      "30000 called 4",
      "30000 started 4",
      "30000 ended 4",
      "30000 answered 4",
      "30000 ended 3",
      "30000 answered 3",
      "30000 healing",
      "30000 waited",
      "60000 called 5",
      "60000 started 5",
      "60000 ended 5",
      "60000 answered 5",
    ]
  `);
});

test('two checks with the same seed find the same', async () => {
  const [mutant] = zoo('retry');
  if (mutant === undefined) throw new Error('no retry policy in the zoo');
  const proofs = await Promise.all(
    [1, 2].map(() =>
      checkPolicy(mutant.create, mutant.rules, { seed: 99 }).catch((error: Error) => error.message),
    ),
  );
  expect(proofs[0]).toBe(proofs[1]);
});
