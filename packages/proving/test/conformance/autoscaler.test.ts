import { expect, test } from 'vitest';
import { autoscalerLaws, scorecard } from '../../src/conformance.ts';
import { autoscalerMutants, SpecimenAutoscaler, SpecimenFollower } from '../../src/mutants.ts';

test('a right autoscaler keeps every law', async () => {
  const { broken, kept } = await scorecard(autoscalerLaws, () => new SpecimenAutoscaler());
  expect(broken).toEqual([]);
  expect(kept).toHaveLength(10);
});

test('one that counts on orders under way does not swing with the gain that it promises', async () => {
  const law = autoscalerLaws.find(({ id }) => id === 'autoscaler-7');
  await expect(law?.check(new SpecimenFollower())).resolves.toBeUndefined();
});

test('every law has somebody who breaks it', () => {
  const broken = new Set(autoscalerMutants.map(({ breaks }) => breaks));
  expect(autoscalerLaws.map(({ id }) => id).filter((id) => !broken.has(id))).toEqual([]);
});

test.each(autoscalerMutants)('$name breaks $breaks', async ({ breaks, create }) => {
  const law = autoscalerLaws.find(({ id }) => id === breaks);
  await expect(law?.check(create())).rejects.toThrow(
    / (became|ends in|is left with|wants|swings from|has) \d/,
  );
});
