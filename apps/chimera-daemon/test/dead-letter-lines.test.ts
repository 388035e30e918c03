import type { DeadLetterView } from '@chimera/client';
import type { Json } from '@chimera/workflow';
import { expect, test } from 'vitest';
import { deadLetterLines } from '../src/cli/dead-letter-lines.ts';

function rejectedWith(details: Json): DeadLetterView {
  return {
    id: 'f4deef5a-3a71-41fc-b8b7-a6cb3659d06b',
    workflowId: '01a202b4-1b94-7000-a67c-bf16b83fcd10',
    status: 'open',
    phase: 'validate',
    agent: null,
    fingerprint: 'abc',
    error: { code: 'REJECTED', message: 'not good enough', retryable: false, details },
    retryCount: 0,
    failedAt: 0,
    resolution: null,
    requeuedAt: null,
    requeuedWith: null,
    previousId: null,
    death: 1,
    replays: 0,
    investigatedAt: null,
    note: null,
    closedBy: null,
  };
}

test.for<Json>([null, {}, []])('evidence that is %j is none', (details) => {
  expect(deadLetterLines(rejectedWith(details))).not.toContain('evidence');
});

test.for<[Json, string]>([
  [{ exitCode: 1 }, '  exitCode: 1'],
  [false, '  false'],
])('evidence that is %j is shown', ([details, line]) => {
  const lines = deadLetterLines(rejectedWith(details));
  expect(lines[lines.indexOf('evidence') + 1]).toBe(line);
});

test('the input that it died with is shown, cut like other long values', () => {
  const input = { who: 'ada', list: Array.from({ length: 500 }, (_, n) => n) };
  const lines = deadLetterLines({ ...rejectedWith(null), input });
  const from = lines.indexOf('input');
  expect(lines.slice(from, from + 2)).toEqual(['input', '  who: ada']);
  expect(lines).toContain('  … 302 lines …');
});

test.for([{}, { input: {} }])('there is no input to show of %j', (more) => {
  expect(deadLetterLines({ ...rejectedWith(null), ...more })).not.toContain('input');
});
