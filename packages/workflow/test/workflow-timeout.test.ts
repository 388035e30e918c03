import { describe, expect, it } from 'vitest';
import {
  defineWorkflow,
  initialState,
  standard,
  transition,
  type WorkflowEvent,
  type WorkflowState,
  why,
} from '@chimera/workflow';

const phases = [
  { name: 'plan', stage: 'planning', agent: 'planner', timeout: '5s' },
  { name: 'code', stage: 'implementation', agent: 'coder', timeout: '5s' },
];
const timed = defineWorkflow({ name: 'timed', timeout: '1s', phases });
const error = { code: 'AGENT_FAILED', message: 'exit code 1', retryable: true };

function after(...events: readonly WorkflowEvent[]): WorkflowState {
  return events.reduce((state, event) => {
    const step = transition(timed, state, event);
    expect(step.commands).not.toContainEqual(expect.objectContaining({ type: 'ignore' }));
    return step.state;
  }, initialState(timed));
}

const claimed = (at: number): WorkflowEvent => ({ type: 'claimed', at });
const succeeded = (at: number): WorkflowEvent => ({ type: 'phase-succeeded', at, output: 'done' });
const timedOut = (at: number): WorkflowEvent => ({ type: 'timed-out', at });
const dead = { status: 'dead', cause: { kind: 'timed-out', timeoutMs: 1_000 } };

it('a definition without a timeout keeps the hash that it had before there was one', () => {
  expect(standard.hash).toBe('ce15c3b9bec5379ba6f296dd65701a1e7b3c1e344c131cdf69c8039fb50c2817');
  expect(standard).not.toHaveProperty('timeoutMs');
  expect(timed.hash).not.toBe(defineWorkflow({ name: 'timed', phases }).hash);
});

it('a timeout that is none is refused', () => {
  expect(() => defineWorkflow({ name: 'timed', timeout: 'soon', phases })).toThrow(
    /timeout must be/,
  );
});

describe('the deadline', () => {
  it('is set by the first start, and stays, whatever follows', () => {
    expect(initialState(timed).deadline).toBeUndefined();
    expect(after(claimed(50)).deadline).toBe(1_050);
    const failed: WorkflowEvent = { type: 'phase-failed', at: 60, error, retryAt: 70 };
    expect(after(claimed(50), failed, claimed(90), succeeded(95), claimed(99)).deadline).toBe(
      1_050,
    );
  });

  it.each([
    ['queued', [claimed(50), succeeded(60)]],
    ['waiting', [claimed(50), { type: 'phase-failed', at: 60, error, retryAt: 5_000 }]],
    ['running', [claimed(50)]],
  ] as const)('means nothing to a %s workflow before it is over', (status, events) => {
    const state = after(...events);
    expect(state.status).toBe(status);
    const step = transition(timed, state, timedOut(1_049));
    expect(step.state).toBe(state);
    expect(step.commands).toEqual([
      { type: 'ignore', reason: expect.stringContaining('its deadline is 1050') },
    ]);
  });

  it('kills what is queued', () => {
    expect(after(claimed(50), succeeded(60), timedOut(1_050))).toMatchObject(dead);
  });

  it('kills what waits for a retry, and keeps what it would have been retried after', () => {
    const failed: WorkflowEvent = { type: 'phase-failed', at: 60, error, retryAt: 5_000 };
    const state = after(claimed(50), failed, timedOut(1_050));
    expect(state).toMatchObject({ ...dead, cause: { ...dead.cause, lastError: error } });
    expect(why(state, 2_000).words).toBe(
      'died in phase "plan": the workflow did not end within 1000 ms; it last failed with AGENT_FAILED: exit code 1',
    );
  });

  it('ends the phase that runs, once, and then the workflow, with a dead letter', () => {
    const state = after(claimed(50), timedOut(1_050));
    expect(state).toMatchObject({ status: 'running', timedOut: true });
    expect(transition(timed, after(claimed(50)), timedOut(1_050)).commands).toMatchObject([
      { type: 'stop-phase' },
    ]);
    expect(transition(timed, state, timedOut(1_060)).state).toBe(state);
    for (const event of [
      { type: 'phase-failed', at: 1_060, error, retryAt: 1_070 },
      { type: 'phase-rejected', at: 1_060, reason: 'no', output: null },
      { type: 'interrupted', at: 1_060, cause: 'crash' },
      { type: 'interrupted', at: 1_060, cause: 'shutdown' },
      { type: 'parked', at: 1_060, until: 2_000, reason: { kind: 'limit', limit: 'x' } },
    ] as const) {
      const step = transition(timed, state, event);
      expect(step.state).toMatchObject(dead);
      expect(step.commands).toMatchObject([{ type: 'dead-letter', cause: dead.cause }]);
    }
  });

  it('keeps what the phase left that made it after all, and does not begin the next', () => {
    const state = after(claimed(50), timedOut(1_050), succeeded(1_060));
    expect(state).toMatchObject({ ...dead, artifacts: [{ phase: 'plan', output: 'done' }] });
  });

  it('never kills what is completed, even when the last phase makes it too late', () => {
    const late = after(claimed(50), succeeded(60), claimed(70), timedOut(1_050), succeeded(1_060));
    expect(late.status).toBe('completed');
    expect(transition(timed, late, timedOut(9_000)).state).toBe(late);
  });

  it('yields to a cancellation that is under way', () => {
    const cancel: WorkflowEvent = { type: 'cancel-requested', at: 60, reason: 'enough' };
    const cancelling = after(claimed(50), cancel);
    expect(transition(timed, cancelling, timedOut(1_050)).state).toBe(cancelling);
    const both = after(claimed(50), timedOut(1_050), { ...cancel, at: 1_055 }, succeeded(1_060));
    expect(both.status).toBe('cancelled');
  });

  it('begins anew with the first start after a requeue', () => {
    const back = after(claimed(50), timedOut(1_050), succeeded(1_060), {
      type: 'requeued',
      at: 5_000,
      phase: 'plan',
    });
    expect(back).not.toHaveProperty('deadline');
    expect(transition(timed, back, claimed(6_000)).state.deadline).toBe(7_000);
  });
});
