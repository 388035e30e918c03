import { breaker, checkPolicy, decode, type ProofError, replay } from '@chimera/proving';
import { SpecimenBreaker } from '@chimera/proving/mutants';
import { expect, test } from 'vitest';
import type { World } from '../src/world/world.ts';

/** The planted bug: a result counts whatever generation let its call through. */
class StalePermits extends SpecimenBreaker {
  override isCurrent(): boolean {
    return true;
  }
}

const rules = breaker({ failuresInARow: 2, openForMs: 30_000, probes: 1 });
const create = (world: World) => new StalePermits(rules, world);

function proofOf(seed: number): Promise<ProofError> {
  return checkPolicy(create, rules, { seed }).then(
    () => expect.unreachable(`seed ${seed} does not find it`),
    (error: ProofError) => error,
  );
}

const seeds = Array.from({ length: 20 }, (_, index) => index + 1);

test.each(seeds)(
  'is found with seed %i within a second, and shrunk to eight steps',
  async (seed) => {
    // Of the processor, so that it says the same on a machine that has other things to do.
    const before = process.cpuUsage();
    const found = await proofOf(seed);
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1_000).toBeLessThan(1_000);
    expect(found.law).toBe('breaker-4');
    expect(found.steps).toBe(8);
  },
);

test('a thousand cases of a breaker without it take less than a second', async () => {
  const before = process.cpuUsage();
  await checkPolicy((world) => new SpecimenBreaker(rules, world), rules);
  const { user, system } = process.cpuUsage(before);
  expect((user + system) / 1_000).toBeLessThan(1_000);
});

test('reads as a story: three calls, two failures, the open time, a probe, and the late success', async () => {
  const { timeline } = await proofOf(1);
  expect(timeline.split('\n').map((line) => line.replaceAll(/ +/g, ' ').trim()))
    .toMatchInlineSnapshot(`
      [
        "at ms circuit 1 2 3 4",
        "0 closed ┬ call 1",
        "0 closed │ ┬ call 2",
        "0 closed │ │ ┬ call 3",
        "0 closed ✗ │ │ 1 fails",
        "0 open ✗ │ 2 fails → open",
        "0 half-open │ 30000 ms pass → half-open",
        "30000 half-open │ ┬ call 4",
        "30000 closed ✓ │ 3 succeeds → closed ← breaker-4",
      ]
    `);
});

test('is the same on every machine: its proof is one word, which replays it', async () => {
  const { proof, law, timeline } = await proofOf(1);
  expect(proof).toMatch(/^prv1:[\w-]+$/);
  expect(decode(proof).rules).toEqual(rules);
  await expect(replay(proof, create)).rejects.toMatchObject({ law, timeline });
  const right = await replay(proof, (world) => new SpecimenBreaker(rules, world));
  expect(right.steps).toBe(8);
});
