import { expect, test } from 'vitest';
import { schedulerLaws, scorecard } from '../../src/conformance.ts';
import { schedulerMutants, SpecimenScheduler } from '../../src/mutants.ts';

test('a right scheduler keeps every law', async () => {
  const { broken, kept } = await scorecard(schedulerLaws, () => new SpecimenScheduler());
  expect(broken).toEqual([]);
  expect(kept).toHaveLength(11);
});

test('every law has somebody who breaks it', () => {
  const broken = new Set(schedulerMutants.map(({ breaks }) => breaks));
  expect(schedulerLaws.map(({ id }) => id).filter((id) => !broken.has(id))).toEqual([]);
});

test.each(schedulerMutants)('$name breaks $breaks', async ({ breaks, create }) => {
  const law = schedulerLaws.find(({ id }) => id === breaks);
  await expect(law?.check(create())).rejects.toThrow(
    / (serves|gives|run, where|come .* apart|turned away|wait on average)/,
  );
});

test('what a scheduler does not promise is not asked of it', async () => {
  const { kept } = await scorecard(schedulerLaws, () => {
    const it = new SpecimenScheduler();
    const { add, agesWithinMs, cancel, finish, highest } = it;
    const { lowest, reprioritise, take, waiting } = it;
    return { add, agesWithinMs, cancel, finish, highest, lowest, reprioritise, take, waiting };
  });
  expect(kept).toHaveLength(11);
});
