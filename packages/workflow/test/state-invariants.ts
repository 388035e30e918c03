import { expect } from 'vitest';
import type {
  Transition,
  WorkflowDefinition,
  WorkflowEvent,
  WorkflowState,
} from '@chimera/workflow';
import { maxRecoveries } from '@chimera/workflow';

const terminal = new Set(['completed', 'dead', 'cancelled']);

/** What holds in every state that a history leads to. */
export function expectSound(definition: WorkflowDefinition, state: WorkflowState): void {
  for (const { name, maxVisits, retry } of definition.phases) {
    expect(state.visits[name] ?? 0).toBeLessThanOrEqual(maxVisits);
    if (name === state.phase) expect(state.attempts).toBeLessThanOrEqual(retry.maxRetries + 1);
  }
  expect(definition.phases.map(({ name }) => name)).toContain(state.phase);
  expect(state.visits[state.phase]).toBeGreaterThanOrEqual(1);
  expect(state.attempts).toBeGreaterThanOrEqual(state.status === 'running' ? 1 : 0);
  if (!terminal.has(state.status)) expect(state.recoveries).toBeLessThanOrEqual(maxRecoveries);
}

/** What holds for every step, whatever the state and the event. */
export function expectLawful(before: WorkflowState, event: WorkflowEvent, step: Transition): void {
  const { state: after, commands } = step;
  const types = commands.map(({ type }) => type);
  const count = (wanted: string) => types.filter((type) => type === wanted).length;

  if (count('ignore') > 0) {
    expect(after).toBe(before);
    expect(commands).toHaveLength(1);
    return;
  }
  expect(after).not.toBe(before);
  if (terminal.has(before.status))
    expect([before.status, event.type, after.status]).toEqual(['dead', 'requeued', 'queued']);
  expect(count('run-phase')).toBe(event.type === 'claimed' ? 1 : 0);
  expect(count('stop-phase')).toBe(
    (event.type === 'cancel-requested' || event.type === 'timed-out') && before.status === 'running'
      ? 1
      : 0,
  );
  expect(count('dead-letter')).toBe(after.status === 'dead' ? 1 : 0);
  expect(after.artifacts.slice(0, before.artifacts.length)).toEqual(before.artifacts);
  expect(after.feedback.slice(0, before.feedback.length)).toEqual(before.feedback);
  expect(after.retries).toBeGreaterThanOrEqual(before.retries);
  if ((event.type === 'parked' || event.type === 'interrupted') && before.status === 'running')
    expect(after.attempts).toBe(before.attempts - 1);
  if (event.type === 'timed-out') {
    expect(before.deadline).toBeLessThanOrEqual(event.at);
    expect(['dead', 'running']).toContain(after.status);
  }
  if (before.status === 'running' && before.timedOut === true && after.status !== 'running')
    expect(['dead', 'cancelled', 'completed']).toContain(after.status);
  // Time runs from the first start, and afresh only for what came back from the dead.
  if (before.deadline !== undefined && event.type !== 'requeued')
    expect(after.deadline).toBe(before.deadline);
  if (before.status === 'running' && before.cancelRequested && event.type !== 'cancel-requested')
    expect(after.status).toBe('cancelled');
}
