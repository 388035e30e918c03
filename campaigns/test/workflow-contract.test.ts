import {
  workflowLaws,
  type WorkflowHappening,
  type WorkflowUnderTest,
} from '@chimera/proving/conformance';
import {
  chimera,
  defineWorkflow,
  initialState,
  standard,
  transition,
  type WorkflowDefinition,
  type WorkflowEvent,
  type WorkflowState,
} from '@chimera/workflow';
import { describe, expect, test } from 'vitest';

const at = 1;
const error = { code: 'AGENT_FAILED', message: 'exit code 1', retryable: true };
const events: Readonly<Record<Exclude<WorkflowHappening, 'requeued'>, WorkflowEvent>> = {
  // Also of what waits for its next attempt.
  claimed: { type: 'claimed', at },
  succeeded: { type: 'phase-succeeded', at, output: 'done' },
  rejected: { type: 'phase-rejected', at, reason: 'tests fail', output: null },
  failed: { type: 'phase-failed', at, error, retryAt: at },
  'failed-for-good': { type: 'phase-failed', at, error, retryAt: undefined },
  interrupted: { type: 'interrupted', at, cause: 'shutdown' },
  cancelled: { type: 'cancel-requested', at, reason: 'operator' },
};

function machine(definition: WorkflowDefinition): WorkflowUnderTest {
  return {
    phases: definition.phases,
    start: initialState(definition),
    transition: (from, happening) => {
      const before = from as WorkflowState;
      const { phase } = before;
      const event =
        happening === 'requeued' ? ({ type: 'requeued', at, phase } as const) : events[happening];
      const { commands, state } = transition(definition, before, event);
      const run = commands.find(({ type }) => type === 'run-phase');
      return { state, runs: run?.type === 'run-phase' ? run.phase : undefined };
    },
    see: (state) => {
      const { artifacts, phase, status } = state as WorkflowState;
      return { status, phase, artifacts: artifacts.map((artifact) => artifact.phase) };
    },
  };
}

const phase = { agent: 'coder', timeout: '5s' } as const;
const thorough = defineWorkflow({
  name: 'thorough',
  phases: [
    { ...phase, name: 'plan', stage: 'planning', onRejected: 'plan', maxVisits: 2 },
    { ...phase, name: 'code', stage: 'implementation', onRejected: 'plan', maxVisits: 4 },
    { ...phase, name: 'check', stage: 'validation', onRejected: 'code', maxVisits: 'unlimited' },
  ],
});

describe.each([standard, chimera, thorough])('the machine of $name keeps', (definition) => {
  test.each(workflowLaws)('$id $name', async ({ check }) => {
    await expect(check(machine(definition))).resolves.toBeUndefined();
  });
});

test('a definition that allows a visit more than it says breaks workflow-3', async () => {
  const law = workflowLaws.find(({ id }) => id === 'workflow-3');
  const phases = thorough.phases.map(({ maxVisits, name }) => ({ name, maxVisits: maxVisits - 1 }));
  await expect(law?.check({ ...machine(thorough), phases })).rejects.toThrow(
    'claimed, rejected: visit 2 of plan, which may have 1',
  );
});
