import { describe, expect, test } from 'vitest';
import {
  breaker,
  type BreakerRules,
  checkPolicy,
  lawsOf,
  type ProofError,
  replay,
} from '../src/index.ts';
import { breakerSubject } from '../src/mutants/breaker-mutants.ts';
import { SpecimenBreaker } from '../src/mutants.ts';

const promised = { failuresInARow: 2, openForMs: 30_000 };
const without = breaker({ ...promised, probeTimeoutMs: Infinity });
const within = breaker({ ...promised, probeTimeoutMs: 60_000 });

function found(
  made: BreakerRules,
  rules: BreakerRules,
  law: string,
  Made = SpecimenBreaker,
): Promise<ProofError> {
  return checkPolicy((world) => breakerSubject(Made, world, made), rules, { laws: [law] }).then(
    () => expect.unreachable(`it keeps ${law}`),
    (error: ProofError) => error,
  );
}

describe('a breaker without a probe timeout', () => {
  test('keeps every law when it promises none', async () => {
    const { laws } = await checkPolicy(
      (world) => breakerSubject(SpecimenBreaker, world, without),
      without,
    );
    expect(laws).toEqual(lawsOf('breaker').map(({ id }) => id));
  });

  test.each(['breaker-6', 'breaker-12'])('that promises one breaks %s', async (law) => {
    expect((await found(without, within, law)).law).toBe(law);
  });

  test('is still found when it never recovers although nothing hangs', async () => {
    class Stuck extends SpecimenBreaker {
      override opensUntil(): number {
        return Infinity;
      }
    }
    const error = await found(without, without, 'breaker-6', Stuck);
    const again = replay(error.proof, (world) => breakerSubject(Stuck, world, without), {
      laws: ['breaker-6'],
    });
    await expect(again).rejects.toMatchObject({ law: 'breaker-6' });
  });
});

test('a breaker that has a probe timeout and promises none breaks breaker-12', async () => {
  const error = await found(within, without, 'breaker-12');
  expect(error.law).toBe('breaker-12');
  expect(error.message).toMatch(
    /is let through, and should be refused: by its rules the breaker is half-open \(probes at a time: 1\)/,
  );
});
