import type { WorkflowDetail } from '@chimera/client';

/** How the workflow of one packaged repository has to end, and what has to have happened on the way. */
export interface Expectation {
  readonly status: 'completed' | 'dead';
  readonly story: string;
  readonly holds: (workflow: WorkflowDetail) => boolean;
}

const plain: Expectation = {
  status: 'completed',
  story: 'planned, changed and validated',
  holds: ({ retries }) => retries === 0,
};

const special: Readonly<Record<string, Expectation>> = {
  'unit-prices': { ...plain, story: 'planned and validated; there was nothing to change' },
  'order-ids': {
    status: 'completed',
    story: 'its planner failed twice, then worked',
    holds: ({ retries }) => retries === 2,
  },
  'card-mask': {
    status: 'completed',
    story: 'its validation failed once and went back to implementation, which then got it right',
    holds: ({ feedback, visits }) => feedback.length === 1 && visits.implement === 2,
  },
  'ledger-format': {
    status: 'dead',
    story: 'its tests cannot pass: a dead letter with their output',
    holds: ({ cause }) =>
      JSON.stringify(cause).includes('the vendored source is the one that was audited'),
  },
  'icon-names': {
    status: 'dead',
    story: 'its code generator hangs: killed with its children, then a dead letter',
    holds: ({ cause }) => cause?.kind === 'failed' && cause.error.code === 'AGENT_TIMEOUT',
  },
};

const reviewed: Expectation = {
  status: 'completed',
  story: 'waited for its reviewer, who was down, and finished after',
  holds: ({ phaseRuns }) => phaseRuns.some(({ agent }) => agent === 'reviewer'),
};

export function expectationFor(name: string, isReviewed: boolean): Expectation {
  return special[name] ?? (isReviewed ? reviewed : plain);
}
