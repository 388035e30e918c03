import { expect, test } from 'vitest';
import { degradationLaws, fallbackLaws, layerLaws, scorecard } from '../../src/conformance.ts';
import {
  degradationMutants,
  fallbackMutants,
  layerMutants,
  SpecimenDegradation,
  SpecimenFallbacks,
  SpecimenLayers,
} from '../../src/mutants.ts';

test('what gives up rightly keeps every law', async () => {
  const { broken, kept } = await scorecard(degradationLaws, () => new SpecimenDegradation());
  expect(broken).toEqual([]);
  expect(kept).toHaveLength(5);
});

test('right fallbacks keep every law', async () => {
  const { broken, kept } = await scorecard(fallbackLaws, () => new SpecimenFallbacks());
  expect(broken).toEqual([]);
  expect(kept).toHaveLength(5);
});

test('right layers keep theirs', async () => {
  const { broken, kept } = await scorecard(layerLaws, () => new SpecimenLayers());
  expect(broken).toEqual([]);
  expect(kept).toHaveLength(1);
});

test('every law has somebody who breaks it', () => {
  const mutants = [...degradationMutants, ...fallbackMutants, ...layerMutants];
  const broken = new Set(mutants.map(({ breaks }) => breaks));
  const laws = [...degradationLaws, ...fallbackLaws, ...layerLaws];
  expect(laws.map(({ id }) => id).filter((id) => !broken.has(id))).toEqual([]);
});

test.each(degradationMutants)('$name breaks $breaks', async ({ breaks, create }) => {
  const law = degradationLaws.find(({ id }) => id === breaks);
  await expect(law?.check(create())).rejects.toThrow(/ (leads to|given up)/);
});

test.each(fallbackMutants)('$name breaks $breaks', async ({ breaks, create }) => {
  const law = fallbackLaws.find(({ id }) => id === breaks);
  await expect(law?.check(create())).rejects.toThrow(/ (asks|answers|tells|told as) /);
});

test.each(layerMutants)('$name breaks $breaks', async ({ breaks, create }) => {
  const law = layerLaws.find(({ id }) => id === breaks);
  await expect(law?.check(create())).rejects.toThrow('12 calls, where 2 times 3 allow 6');
});

test('old answers are asked about only of one who gives them', async () => {
  const { kept } = await scorecard(fallbackLaws, () => {
    const { advance, alternatives, call, deadlineMs } = new SpecimenFallbacks();
    return { advance, alternatives, call, deadlineMs };
  });
  expect(kept).toHaveLength(5);
});
