import type { WorkflowEvent } from '@chimera/workflow';
import { expect, test } from 'vitest';
import { whyItEnded } from '../src/executor-pool/why-it-ended.ts';

const at = 1;

test.for<[WorkflowEvent, object]>([
  [
    {
      type: 'phase-failed',
      at,
      error: { code: 'AGENT_EXIT', message: 'exited with code 3', retryable: true },
      retryAt: undefined,
    },
    { code: 'AGENT_EXIT', reason: 'exited with code 3' },
  ],
  [{ type: 'phase-rejected', at, reason: 'no tests', output: null }, { reason: 'no tests' }],
  [
    {
      type: 'parked',
      at,
      until: 2,
      reason: { kind: 'breaker-open', agent: 'writer', lastError: 'API_DOWN: 503' },
    },
    { reason: 'API_DOWN: 503' },
  ],
  [{ type: 'parked', at, until: 2, reason: { kind: 'breaker-open', agent: 'writer' } }, {}],
  [{ type: 'parked', at, until: 2, reason: { kind: 'limit', limit: 'repository' } }, {}],
  [{ type: 'phase-succeeded', at, output: 'https://ada:hunter2@example.com' }, {}],
])('of %o the log says %o', ([event, said]) => {
  expect(whyItEnded(event)).toEqual(said);
});
