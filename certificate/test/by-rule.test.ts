import { expect, test } from 'vitest';
import { asPipeline, byTheRule, spike } from '../studies/collapse.ts';

test('a client by rule does what the pipeline of policies does, call by call', async () => {
  const rule = (await spike(byTheRule, 40, 1)).records;
  const policies = (await spike(asPipeline, 40, 1)).records;
  expect(rule.calls.endedAt.length).toBeGreaterThan(500);
  expect(rule.attempts.sums).toEqual(policies.attempts.sums);
  for (const column of ['startedAt', 'endedAt', 'attempts', 'isGood'] as const) {
    expect([...rule.calls[column].values]).toEqual([...policies.calls[column].values]);
  }
});
