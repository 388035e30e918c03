import type { WorkflowSummary } from '@chimera/client';
import { expect, test } from 'vitest';
import { workflowRow } from '../src/cli/workflow-row.ts';

test('a reason that is longer than a screen is cut in a list', () => {
  const workflow: WorkflowSummary = {
    id: 'w',
    definition: 'standard',
    status: 'dead',
    phase: 'review',
    priority: 5,
    estimateMs: null,
    attempts: 1,
    retries: 0,
    createdAt: 0,
    startedAt: 0,
    finishedAt: 0,
    why: `rejected: ${'thin '.repeat(100_000)}`,
    runAt: null,
    input: {},
    labels: {},
    parent: null,
  };
  const row = workflowRow(workflow, 5_000);
  expect(row.slice(0, 5)).toEqual(['w', 'standard', 'dead', '5s', 'review']);
  expect(row[5]).toHaveLength(300);
});
