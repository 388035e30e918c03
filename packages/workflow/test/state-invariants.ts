import { expect } from 'vitest';
import type {
  Transition,
  WorkflowDefinition,
  WorkflowEvent,
  WorkflowState,
} from '@chimera/workflow';
import { forkOf, joinVerdict, maxRecoveries } from '@chimera/workflow';

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
  expectSoundChildren(definition, state);
  if (!terminal.has(state.status)) expect(state.recoveries).toBeLessThanOrEqual(maxRecoveries);
}

/** No child is in two lists, or in one twice; a decided join is one that its children decide. */
function expectSoundChildren(definition: WorkflowDefinition, state: WorkflowState): void {
  const { children, phase } = state;
  const isWaiting = state.status === 'waiting' && state.reason.kind === 'children';
  if (children === undefined) return expect(isWaiting).toBe(false);
  const ended = [...children.completed, ...children.failed];
  expect(new Set(ended).size).toBe(ended.length);
  for (const index of ended) expect(index).toBeLessThan(children.count);
  const join = definition.phases.find(({ name }) => name === phase)?.children?.join;
  expect(join).toBeDefined();
  if (join !== undefined) expect(children.decided).toBe(joinVerdict(join, children) !== 'open');
  if (children.started !== undefined) {
    expect(children.decided).toBe(false);
    expect(isWaiting).toBe(false);
    expect(children.started).toBeLessThan(children.count);
    for (const index of ended) expect(index).toBeLessThan(children.started);
  }
  if (children.decided) expect(isWaiting).toBe(false);
  expect(terminal.has(state.status)).toBe(false);
  if (state.status !== 'waiting' || state.reason.kind !== 'children') return;
  const { done, failed, pending } = state.reason;
  expect([done, failed]).toEqual([children.completed.length, children.failed.length]);
  expect(pending).toBe(children.count - done - failed);
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
  expectLawfulChildren(before, event, step);
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
  const isOfChild = event.type === 'child-ended' || event.type === 'child-requeued';
  const endsPhase = !isOfChild && event.type !== 'cancel-requested';
  if (before.status === 'running' && before.cancelRequested && endsPhase)
    expect(after.status).toBe('cancelled');
}

/** A child counts once, in a join that is open; whoever is not waited for any more is stopped, once. */
function expectLawfulChildren(before: WorkflowState, event: WorkflowEvent, step: Transition): void {
  const { children: was } = before;
  const { children: is } = step.state;
  const stops = step.commands.filter(({ type }) => type === 'stop-children');
  const left = was === undefined ? 0 : was.count - was.completed.length - was.failed.length;
  const leftNow = is === undefined ? left : is.count - is.completed.length - is.failed.length;
  const letsGo = was?.decided === false && is?.decided !== false && leftNow > 0;
  expect(stops).toHaveLength(letsGo ? 1 : 0);
  if (event.type === 'child-ended' || event.type === 'child-requeued') {
    expect(was?.decided).toBe(false);
    expect(event.fork).toBe(forkOf(before));
    expect(is?.count).toBe(was?.count);
    expect(is?.completed.length).toBeGreaterThanOrEqual(was?.completed.length ?? 0);
    expect(step.state.attempts).toBe(before.attempts);
  }
  if (was === undefined && is !== undefined)
    expect(['children-added', 'children-started']).toContain(event.type);
  // All that are counted on are started before anything is decided.
  const startedNow = is === undefined ? 0 : (is.started ?? is.count);
  const startedBefore = was === undefined ? 0 : (was.started ?? was.count);
  if (is !== undefined && startedNow !== startedBefore) {
    const added = event.type === 'children-added' ? event.count : is.count - startedBefore;
    expect(startedNow).toBe(startedBefore + added);
    expect(['children-added', 'children-started']).toContain(event.type);
  }
}
