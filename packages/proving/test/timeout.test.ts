import { Timeout } from '@chimera/policy';
import { expect, test } from 'vitest';
import { checkPolicy, lawsOf, timeout } from '../src/index.ts';

test.each([1, 100, 30_000])("the house's own timeout of %i ms keeps every law", async (after) => {
  const rules = timeout({ afterMs: after });
  const { laws } = await checkPolicy((world) => new Timeout({ after }, world), rules);
  expect(laws).toEqual(lawsOf('timeout').map(({ id }) => id));
});
