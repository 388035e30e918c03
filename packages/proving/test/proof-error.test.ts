import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { breaker, checkPolicy, type CheckOptions, type ProofError } from '../src/index.ts';
import { SpecimenBreaker } from '../src/mutants.ts';

const rules = breaker({ failuresInARow: 2, openForMs: 30_000 });

/** A breaker that opens for half of its time: it breaks more than one law. */
function found(options: CheckOptions = {}): Promise<ProofError> {
  return checkPolicy(
    (world) => new SpecimenBreaker({ ...rules, openForMs: 15_000 }, world),
    rules,
    options,
  ).then(
    () => expect.unreachable('it keeps every law'),
    (error: ProofError) => error,
  );
}

test('what Node.js prints of an uncaught ProofError tells its story once', async () => {
  const error = await found();
  const printed = inspect(error);
  const row = error.timeline.split('\n').at(-1) ?? '';
  expect(row).toMatch(/← breaker-/);
  expect(printed.split(row)).toHaveLength(2);
  expect(printed.split(error.proof)).toHaveLength(2);
  expect(error.testFile).toContain(error.proof);
  expect(Object.keys(error)).not.toEqual(expect.arrayContaining(['proof']));
  expect(error).toMatchObject({ code: 'LAW_BROKEN', law: expect.stringMatching(/^breaker-/) });
});

test('a failure says how to go on to the other laws', async () => {
  const first = await found();
  expect(first.message).toContain(`To go on to the other laws: { except: ['${first.law}'] }`);
  const second = await found({ except: [first.law] });
  expect(second.law).not.toBe(first.law);
  expect(second.message).toContain(`{ except: ['${first.law}', '${second.law}'] }`);
});

test('of one law alone nothing is said of others', async () => {
  const { law } = await found();
  expect((await found({ laws: [law] })).message).not.toContain('other laws');
});
