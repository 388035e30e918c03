import fc from 'fast-check';
import { expect, test } from 'vitest';
import { breaker, bulkhead, checkPolicy, decode, encode, retry } from '../src/index.ts';
import { zoo } from '../src/mutants.ts';
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
