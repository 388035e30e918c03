import { describe, expect, it } from 'vitest';
import {
  canonicalJson,
  chimera,
  defineWorkflow,
  initialState,
  type Join,
  standard,
  transition,
  type WorkflowDefinition,
  type WorkflowEvent,
  type WorkflowState,
} from '@chimera/workflow';
import { expectLawful, expectSound } from './state-invariants.ts';

const error = { code: 'AGENT_FAILED', message: 'exit code 1', retryable: true };
const at = 100;

/** One event of every kind that can make a difference. */
function alphabet(definition: WorkflowDefinition): readonly WorkflowEvent[] {
  return [
    { type: 'claimed', at },
    { type: 'phase-succeeded', at, output: 'done' },
    { type: 'phase-rejected', at, reason: 'tests fail', output: null },
    { type: 'phase-failed', at, error, retryAt: at },
    { type: 'phase-failed', at, error, retryAt: undefined },
    { type: 'parked', at, until: at, reason: { kind: 'breaker-open', agent: 'planner' } },
    { type: 'interrupted', at, cause: 'shutdown' },
    { type: 'interrupted', at, cause: 'crash' },
    { type: 'woken', at },
    { type: 'timed-out', at },
    { type: 'timed-out', at: at + 60_000 },
    ...definition.phases.flatMap(({ children, name }): readonly WorkflowEvent[] =>
      children === undefined ? [] : childEvents(name, children.start.length),
    ),
    { type: 'cancel-requested', at, reason: 'operator' },
    ...definition.phases.map(({ name }) => ({ type: 'requeued', at, phase: name }) as const),
  ];
}

function childEvents(phase: string, count: number): readonly WorkflowEvent[] {
  const fork = `0:${phase}:1`;
  return [
    { type: 'children-started', at, count },
    ...(count === 2 ? [{ type: 'children-added', at, count: 1, total: count } as const] : []),
    ...Array.from({ length: count }, (_, index): readonly WorkflowEvent[] => [
      { type: 'child-ended', at, fork, index, outcome: 'completed' },
      { type: 'child-ended', at, fork, index, outcome: 'failed' },
      { type: 'child-requeued', at, fork, index },
    ]).flat(),
  ];
}

const phase = { stage: 'implementation', timeout: '1ms', maxVisits: 2 };
const start = Array.from({ length: 3 }, () => ({ workflow: 'change' }));
/** Its two children are started one by one. */
const inSteps = defineWorkflow({
  name: 'in-steps',
  phases: [
    { ...phase, name: 'changes', children: { start: start.slice(1), join: 'any' } },
    { ...phase, name: 'review', agent: 'reviewer', onRejected: 'changes' },
  ],
});
/** The diamond: one phase, three workflows beside each other, and a phase that joins them. */
const diamond = (join: Join) =>
  defineWorkflow({
    name: `diamond-${typeof join === 'string' ? join : 'two'}`,
    phases: [
      { ...phase, name: 'plan', agent: 'planner' },
      { ...phase, name: 'changes', children: { start, join }, onRejected: 'plan' },
      { ...phase, name: 'review', agent: 'reviewer' },
    ],
  });

/** What later steps depend on: histories and their counters are left out, which makes the space finite. */
function essence(state: WorkflowState): string {
  const { artifacts: _a, feedback: _f, retries: _r, requeues: _q, ...rest } = state;
  return canonicalJson(rest);
}

/** Breadth first through everything that can happen, each step and state checked. */
function explore(definition: WorkflowDefinition, depth: number): readonly WorkflowState[] {
  const events = alphabet(definition);
  const start = initialState(definition);
  const seen = new Map([[essence(start), start]]);
  let frontier = [start];
  for (let level = 0; level < depth && frontier.length > 0; level += 1) {
    const next: WorkflowState[] = [];
    for (const state of frontier) {
      for (const event of events) {
        const step = transition(definition, state, event);
        expectLawful(state, event, step);
        const key = essence(step.state);
        if (seen.has(key)) continue;
        expectSound(definition, step.state);
        seen.set(key, step.state);
        next.push(step.state);
      }
    }
    frontier = next;
  }
  return [...seen.values()];
}

const timed = defineWorkflow({
  name: 'timed',
  timeout: '1m',
  phases: [
    { name: 'plan', stage: 'planning', agent: 'planner', timeout: '5s' },
    { name: 'code', stage: 'implementation', agent: 'coder', timeout: '5s', maxVisits: 2 },
    { name: 'check', stage: 'validation', agent: 'tester', timeout: '5s', onRejected: 'code' },
  ],
});

describe.each([
  [standard, 14],
  [chimera, 12],
  [timed, 14],
  [diamond('all'), 11],
  [diamond('any'), 11],
  [diamond({ atLeast: 2 }), 11],
  [inSteps, 10],
])('$name, every state within a number of steps', (definition, depth) => {
  let reached: readonly WorkflowState[] = [];

  it('is sound, and every step there lawful', () => {
    reached = explore(definition, depth);
    expect(reached.length).toBeGreaterThan(1_000);
  });

  it('covers every status', () => {
    expect(new Set(reached.map(({ status }) => status))).toEqual(
      new Set(['queued', 'running', 'waiting', 'completed', 'dead', 'cancelled']),
    );
  });

  it('is no dead end: what is neither over nor being ended can still be completed', () => {
    for (const state of reached.filter((state) => isUnderWay(state)))
      expect(runToTheEnd(definition, state)).toBe('completed');
  });
});

function isUnderWay(state: WorkflowState): boolean {
  return state.status === 'running'
    ? !state.cancelRequested && state.timedOut !== true
    : state.status === 'queued' || state.status === 'waiting';
}

function runToTheEnd(definition: WorkflowDefinition, from: WorkflowState): string {
  let state = from;
  for (let step = 0; step < 2 * definition.phases.length + 2; step += 1) {
    const event: WorkflowEvent =
      state.status === 'running'
        ? { type: 'phase-succeeded', at, output: 'done' }
        : { type: 'claimed', at: Infinity };
    state = transition(definition, state, event).state;
  }
  return state.status;
}
