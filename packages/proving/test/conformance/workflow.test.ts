import { expect, test } from 'vitest';
import { scorecard, workflowLaws } from '../../src/conformance.ts';
import { SpecimenWorkflow, workflowMutants } from '../../src/mutants.ts';

test('a right workflow machine keeps every law', async () => {
  const { broken, kept } = await scorecard(workflowLaws, () => new SpecimenWorkflow());
  expect(broken).toEqual([]);
  expect(kept).toHaveLength(4);
});

test('every law has somebody who breaks it', () => {
  const broken = new Set(workflowMutants.map(({ breaks }) => breaks));
  expect(workflowLaws.map(({ id }) => id).filter((id) => !broken.has(id))).toEqual([]);
});

test.each(workflowMutants)('$name breaks $breaks', async ({ breaks, create }) => {
  const law = workflowLaws.find(({ id }) => id === breaks);
  await expect(law?.check(create())).rejects.toThrow(
    /^[a-z-]+(, [a-z-]+)*: |none of 150 histories/,
  );
});

test('a mistake is told by the shortest history that shows it', async () => {
  const wrong = workflowMutants.find(({ name }) => name === 'workflow/one-visit-more');
  const law = workflowLaws.find(({ id }) => id === 'workflow-3');
  const failed = wrong && law?.check(wrong.create());
  await expect(failed).rejects.toThrow(
    'claimed, rejected, claimed, rejected: visit 3 of plan, which may have 2',
  );
});
