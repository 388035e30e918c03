import { describe, expect, it } from 'vitest';
import {
  initialState,
  standard,
  why,
  type WaitReason,
  type WorkflowState,
} from '@chimera/workflow';

const now = 1_000;
const fresh = initialState(standard);
const { status: _status, ...progress } = fresh;
const waiting = (reason: WaitReason, until: number): WorkflowState => ({
  ...progress,
  status: 'waiting',
  until,
  reason,
});
const error = { code: 'AGENT_TIMEOUT', message: 'no answer in 600 s', retryable: true };

describe('says why a workflow does not run, and when it can move at the earliest:', () => {
  it.each<readonly [string, WorkflowState, string, number | undefined]>([
    ['queued', fresh, 'phase "planning" waits for a free slot (new)', now],
    [
      'a retry',
      waiting({ kind: 'retry', error }, 4_500),
      'phase "planning" is retried after AGENT_TIMEOUT: no answer in 600 s; 4 s left',
      4_500,
    ],
    [
      'an open circuit',
      waiting({ kind: 'breaker-open', agent: 'planner' }, 1_200),
      'phase "planning" waits for the circuit of agent "planner" to let a probe through; 200 ms left',
      1_200,
    ],
    [
      'a limit',
      waiting({ kind: 'limit', limit: 'tokens' }, 61_000),
      'phase "planning" waits for room under the limit "tokens"; 60 s left',
      61_000,
    ],
    [
      'a gate that opens by hand',
      waiting({ kind: 'gate', gate: 'approval' }, Number.MAX_SAFE_INTEGER),
      'phase "planning" waits for the gate "approval" to open',
      undefined,
    ],
    [
      'a wait that is over',
      waiting({ kind: 'retry', error }, 1_000),
      'phase "planning" is due and waits for a free slot',
      now,
    ],
    [
      'running',
      { ...progress, attempts: 2, status: 'running', cancelRequested: false },
      'phase "planning" runs its attempt 2',
      undefined,
    ],
    [
      'stopping',
      { ...progress, attempts: 1, status: 'running', cancelRequested: true },
      'phase "planning" runs its attempt 1, being cancelled',
      undefined,
    ],
    [
      'completed',
      { ...progress, status: 'completed' },
      'completed after phase "planning"',
      undefined,
    ],
    [
      'dead of a failure',
      { ...progress, status: 'dead', cause: { kind: 'failed', error } },
      'died in phase "planning": AGENT_TIMEOUT: no answer in 600 s',
      undefined,
    ],
    [
      'dead of a verdict',
      {
        ...progress,
        status: 'dead',
        cause: { kind: 'rejected', reason: 'too vague', output: null },
      },
      'died in phase "planning": rejected: too vague',
      undefined,
    ],
    [
      'dead of crashes',
      { ...progress, status: 'dead', cause: { kind: 'recoveries-exhausted', recoveries: 11 } },
      'died in phase "planning": its holders crashed 11 times',
      undefined,
    ],
    [
      'cancelled',
      { ...progress, status: 'cancelled', reason: 'not needed' },
      'cancelled in phase "planning": not needed',
      undefined,
    ],
  ])('%s', (_claim, state, words, movesAt) => {
    expect(why(state, now)).toEqual({ words, movesAt });
  });
});
