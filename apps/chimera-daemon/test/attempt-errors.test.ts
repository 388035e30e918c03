import type { PhaseRun } from '@chimera/workflow-store';
import { expect, test } from 'vitest';
import { phaseRunView } from '../src/http/views.ts';

const run: PhaseRun = {
  workflowId: 'w1',
  phase: 'work',
  visit: 1,
  attempt: 1,
  agent: 'worker',
  token: 3,
  holder: 'h1',
  startedAt: 0,
};

test.for([
  {
    details: { failedProbe: 'BUSY: try again' },
    error: "as a probe of its agent's breaker: BUSY: try again",
  },
  { details: { rateLimited: 'BUSY: later' }, error: "its provider's limit: BUSY: later" },
  { details: null, error: null },
  { details: { failedProbe: 3 }, error: null },
])(
  'an attempt that its agent ended and that parked says what it failed with: $details',
  ({ details, error }) => {
    const parked: PhaseRun = { ...run, endedAt: 5, outcome: 'parked', details };
    expect(phaseRunView(parked, new Map()).error).toBe(error);
    expect(phaseRunView({ ...parked, outcome: 'phase-succeeded' }, new Map()).error).toBeNull();
    expect(phaseRunView(parked, new Map([[3, 'E: told by its event']])).error).toBe(
      'E: told by its event',
    );
  },
);
