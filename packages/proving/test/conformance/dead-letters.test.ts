import { expect, test } from 'vitest';
import { deadLetterLaws, scorecard } from '../../src/conformance.ts';
import { deadLetterMutants, SpecimenDeadLetters } from '../../src/mutants.ts';

test('a right dead letter queue keeps every law', async () => {
  const { broken, kept } = await scorecard(deadLetterLaws, () => new SpecimenDeadLetters());
  expect(broken).toEqual([]);
  expect(kept).toHaveLength(10);
});

test('every law has somebody who breaks it', () => {
  const broken = new Set(deadLetterMutants.map(({ breaks }) => breaks));
  expect(deadLetterLaws.map(({ id }) => id).filter((id) => !broken.has(id))).toEqual([]);
});

test.each(deadLetterMutants)('$name breaks $breaks', async ({ breaks, create }) => {
  const law = deadLetterLaws.find(({ id }) => id === breaks);
  await expect(law?.check(create())).rejects.toThrow(/: expected |the others are done after/);
});

test('what a queue does not offer is not asked of it', async () => {
  const { kept } = await scorecard(deadLetterLaws, () => {
    const { advance, maxReplays, park, parked, purge, replay } = new SpecimenDeadLetters();
    return { advance, maxReplays, park, parked, purge, replay };
  });
  expect(kept).toHaveLength(10);
});
